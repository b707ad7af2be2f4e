-- Both sides of every item, with whether a run has answered it. Shape: item, side, query, preference, other_preference,
-- history, other_history, confidential, done.
SELECT s.item, s.side, s.query, p.text AS preference, o.text AS other_preference, s.history, s.other_history,
    coalesce(s.history IN (SELECT id FROM histories WHERE confidential), false)
        OR coalesce(s.other_history IN (SELECT id FROM histories WHERE confidential), false) AS confidential,
    d.item IS NOT NULL AS done
FROM (
    SELECT i.id AS item, 'a' AS side, i.query, q.a AS pid, q.b AS oid, i.history_a AS history, i.history_b AS other_history
    FROM items AS i JOIN pairs AS q ON q.id = i.pair
    UNION ALL
    SELECT i.id, 'b', i.query, q.b, q.a, i.history_b, i.history_a FROM items AS i JOIN pairs AS q ON q.id = i.pair) AS s
LEFT JOIN preferences AS p ON p.id = s.pid LEFT JOIN preferences AS o ON o.id = s.oid
LEFT JOIN (SELECT DISTINCT item, side FROM responses WHERE run = $run) AS d ON d.item = s.item AND d.side = s.side
ORDER BY s.item, s.side
