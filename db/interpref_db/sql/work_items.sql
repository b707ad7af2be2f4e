-- Both sides of every item, with whether a run has answered it, in an order in which those that show one history ($swapped:
-- the other side's) stand together, as the histories stand in the study. Shape: item, side, history, other_history,
-- confidential, done.
SELECT s.item, s.side, s.history, s.other_history,
    s.item IN (SELECT id FROM private_items) AS confidential, d.item IS NOT NULL AS done
FROM (
    SELECT i.id AS item, 'a' AS side, i.history_a AS history, i.history_b AS other_history
    FROM items AS i JOIN pairs AS q ON q.id = i.pair
    UNION ALL
    SELECT i.id, 'b', i.history_b, i.history_a FROM items AS i JOIN pairs AS q ON q.id = i.pair) AS s
LEFT JOIN all_histories AS h ON h.id = s.history LEFT JOIN all_histories AS o ON o.id = s.other_history
LEFT JOIN (SELECT DISTINCT item, side FROM responses WHERE run = $run) AS d ON d.item = s.item AND d.side = s.side
ORDER BY CASE WHEN $swapped THEN o.key ELSE h.key END, s.item, s.side
