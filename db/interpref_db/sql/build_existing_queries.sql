-- Items that the study had before construction and whose query has not been taken as a candidate. Shape: item, pair, query.
SELECT id AS item, pair, query FROM study.items
WHERE id NOT IN (SELECT thing FROM study.links WHERE kind = 'item')
    AND id NOT IN (SELECT source FROM study.links WHERE kind = 'query' AND source_kind = 'item')
    AND id NOT IN (SELECT thing FROM study.superseded WHERE kind = 'item')
ORDER BY id
