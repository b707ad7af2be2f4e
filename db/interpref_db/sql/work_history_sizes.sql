-- About how many tokens each history has: four bytes a token is right for English and, at three bytes a character, about right
-- for Chinese. Shape: id, tokens.
SELECT h.id, t.bytes / 4.0 AS tokens
FROM histories AS h JOIN (SELECT history, sum(strlen(content)) AS bytes FROM turns GROUP BY history) AS t ON t.history = h.key
