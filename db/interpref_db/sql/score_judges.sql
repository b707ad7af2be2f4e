-- What judges and people said of the same two runs' answers to the same item, a row a judge, item and person; winners by
-- the run that comes first. Shape: judge, entry, annotator, said, judged, same_orders (whether both orders said the same).
WITH turned AS (
    SELECT id, item, annotator, kind, extra, least(run_a, run_b) AS first, greatest(run_a, run_b) AS second,
        CASE WHEN winner IN ('tie', 'both bad') THEN 'tie' WHEN (winner = 'a') = (run_a <= run_b) THEN 'first' ELSE 'second' END AS said
    FROM comparisons WHERE winner <> 'skip' AND kind <> 'adjudication' AND run_a IS NOT NULL AND run_b IS NOT NULL)
SELECT j.annotator AS judge, j.item || chr(31) || j.first || chr(31) || j.second AS entry, p.annotator, p.said, j.said AS judged,
    (j.extra ->> '$.orders[0].better') = 'Tie' AND (j.extra ->> '$.orders[1].better') = 'Tie'
        OR (j.extra ->> '$.orders[0].better') <> (j.extra ->> '$.orders[1].better')
        AND 'Tie' NOT IN ((j.extra ->> '$.orders[0].better'), (j.extra ->> '$.orders[1].better')) AS same_orders
FROM turned AS j LEFT JOIN turned AS p ON p.kind <> 'judge' AND p.item = j.item AND p.first = j.first AND p.second = j.second
WHERE j.kind = 'judge' ORDER BY judge, entry, p.annotator
