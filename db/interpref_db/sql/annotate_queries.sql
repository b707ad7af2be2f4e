-- What the task `query` is about: the items that people brought, then candidate queries that no item had before. What comes later
-- has a later position. Shape: item (for a candidate, its identifier), query, candidates (JSON list of texts, or NULL).
SELECT id AS item, query, (extra -> '$.candidates') AS candidates FROM items
WHERE id NOT IN (SELECT thing FROM links WHERE kind = 'item' AND source_kind = 'query')
UNION ALL
SELECT id, text, NULL FROM queries WHERE (extra ->> '$.item') IS NULL
