-- How many judged items of a run have responses in the longer half, or the shorter, and the first of them, for many runs and
-- judges. Shape: run, judge, longer, n, keys.
WITH asked AS (SELECT DISTINCT unnest($run_each::VARCHAR[]) AS run, unnest($judge_each::VARCHAR[]) AS judge),
halves AS (
    SELECT t.run, t.judge, t.run || chr(31) || t.item || chr(31) || t.judge AS key,
        row_number() OVER (PARTITION BY t.run, t.judge ORDER BY c.characters, t.item)
            > count(*) OVER (PARTITION BY t.run, t.judge) - count(*) OVER (PARTITION BY t.run, t.judge) // 2 AS longer
    FROM patterns AS t JOIN asked AS a ON a.run = t.run AND a.judge = t.judge
    JOIN (SELECT run, item, avg(length(text)) AS characters FROM responses GROUP BY run, item) AS c
        ON c.run = t.run AND c.item = t.item)
SELECT run, judge, longer, count(*) AS n, min(key, MOST_KEYS) AS keys FROM halves
WHERE longer IN (SELECT unnest($longer_each::BOOLEAN[])) GROUP BY run, judge, longer
