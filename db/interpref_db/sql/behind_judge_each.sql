-- How many comparisons each of several judges made, and the first of them. Shape: judge, n, keys.
SELECT annotator AS judge, count(*) AS n, min(id, MOST_KEYS) AS keys FROM comparisons
WHERE kind = 'judge' AND annotator IN (SELECT unnest($judge_each::VARCHAR[])) GROUP BY annotator
