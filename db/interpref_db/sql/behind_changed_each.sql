-- How many verdicts there are on items that two runs were judged differently on (or, of these, that the better one passed),
-- and the first of them, for many pairs of runs. Shape: run_a, run_b, judge, better, n, keys.
WITH asked AS (
    SELECT DISTINCT unnest($run_a_each::VARCHAR[]) AS run_a, unnest($run_b_each::VARCHAR[]) AS run_b,
        unnest($judge_each::VARCHAR[]) AS judge, unnest($better_each::VARCHAR[]) AS better),
changed AS (
    SELECT a.*, unnest([p.run || chr(31) || p.item || chr(31) || p.judge, q.run || chr(31) || q.item || chr(31) || q.judge]) AS key
    FROM asked AS a JOIN patterns AS p ON p.run = a.run_a AND p.judge = a.judge
    JOIN patterns AS q ON q.run = a.run_b AND q.judge = a.judge AND q.item = p.item
    WHERE (p.pattern = 'LRRL') <> (q.pattern = 'LRRL')
        AND (a.better IS NULL OR (p.pattern = 'LRRL') = (a.better = a.run_a)))
SELECT run_a, run_b, judge, better, count(*) AS n, min(key, MOST_KEYS) AS keys FROM changed GROUP BY run_a, run_b, judge, better
