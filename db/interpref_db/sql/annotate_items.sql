-- Items in the order in which they came: what comes later has a later position. Shape: item, query, candidates (JSON list of
-- texts, or NULL).
SELECT id AS item, query, (extra -> '$.candidates') AS candidates FROM items
