-- Candidate queries. Shape: key, id, pair, number, text, a, b (preferences), accepts, refuses, accepted, item (what it became).
SELECT c.id AS key, c.id, c.pair, c.number, c.text, a.text AS a, b.text AS b, c.accepts, c.refuses, c.accepted, l.thing AS item
FROM judged_queries AS c LEFT JOIN pairs AS q ON q.id = c.pair
LEFT JOIN preferences AS a ON a.id = q.a LEFT JOIN preferences AS b ON b.id = q.b
LEFT JOIN (
    SELECT source, any_value(thing) AS thing FROM links
    WHERE kind = 'item' AND source_kind = 'query' AND thing IN (SELECT id FROM items) GROUP BY source) AS l ON l.source = c.id
