-- Queries that have become items. Shape: query.
SELECT source AS query FROM links WHERE kind = 'item' AND source_kind = 'query'
    AND thing NOT IN (SELECT thing FROM superseded WHERE kind = 'item')
