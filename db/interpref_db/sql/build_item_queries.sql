-- Queries that a building has made items of. Shape: query.
SELECT source AS query FROM links WHERE kind = 'item' AND source_kind = 'query' AND building = $building
    AND thing NOT IN (SELECT thing FROM superseded WHERE kind = 'item')
