-- About how many tokens the query of each item has (four bytes a token). Shape: item, tokens.
SELECT id AS item, strlen(query) / 4.0 AS tokens FROM items
