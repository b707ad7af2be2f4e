-- Comparisons of items that two annotators or more compared, turned so that the models of an item and pair stand in one
-- order: that of its first comparison. Shape: entry, annotator, winner.
WITH said AS (
    SELECT id, item, annotator, time, winner, coalesce(run_a, model_a) AS a, coalesce(run_b, model_b) AS b
    FROM comparisons WHERE winner <> 'skip' AND kind NOT IN ('adjudication', 'judge') AND item IS NOT NULL),
turned AS (
    SELECT *, item || chr(31) || least(a, b) || chr(31) || greatest(a, b) AS entry,
        first_value(a) OVER (PARTITION BY item, least(a, b), greatest(a, b) ORDER BY time NULLS FIRST, id) AS first_a
    FROM said)
SELECT entry, annotator, CASE WHEN a = first_a OR winner IN ('tie', 'both bad') THEN winner
    WHEN winner = 'a' THEN 'b' ELSE 'a' END AS winner
FROM turned QUALIFY count(DISTINCT annotator) OVER (PARTITION BY entry) > 1 ORDER BY entry, time, id
