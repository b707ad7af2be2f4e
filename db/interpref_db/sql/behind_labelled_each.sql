-- How many judged items people have matched, and the first of them, for many runs and judges. Shape: run, judge, n, keys.
WITH asked AS (SELECT DISTINCT unnest($run_each::VARCHAR[]) AS run, unnest($judge_each::VARCHAR[]) AS judge)
SELECT t.run, t.judge, count(*) AS n, min(t.run || chr(31) || t.item || chr(31) || t.judge, MOST_KEYS) AS keys
FROM patterns AS t JOIN asked AS a ON a.run = t.run AND a.judge = t.judge
WHERE EXISTS (
    SELECT 1 FROM current_labels AS l WHERE l.task = 'match' AND l.run_a = t.run AND l.item = t.item AND l.answer <> 'skip')
GROUP BY t.run, t.judge
