-- How many items a judge got wrong in one order, and the first of them, for many runs, judges and orders.
-- Shape: run, judge, order, n, keys.
WITH asked AS (
    SELECT DISTINCT unnest($run_each::VARCHAR[]) AS run, unnest($judge_each::VARCHAR[]) AS judge, unnest($order_each::INTEGER[]) AS place)
SELECT t.run, t.judge, a.place, count(*) AS n, min(t.run || chr(31) || t.item || chr(31) || t.judge, MOST_KEYS) AS keys
FROM patterns AS t JOIN asked AS a ON a.run = t.run AND a.judge = t.judge
WHERE t.pattern[a.place] <> 'LRRL'[a.place] GROUP BY t.run, t.judge, a.place
