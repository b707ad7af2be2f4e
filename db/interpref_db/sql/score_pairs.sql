-- Any two runs by the same judge over the items that it judged in both. Shape: judge, run_a, run_b, both, only_a, only_b,
-- neither.
SELECT p.judge, p.run AS run_a, q.run AS run_b,
    count(*) FILTER (p.pattern = 'LRRL' AND q.pattern = 'LRRL') AS both,
    count(*) FILTER (p.pattern = 'LRRL' AND q.pattern <> 'LRRL') AS only_a,
    count(*) FILTER (p.pattern <> 'LRRL' AND q.pattern = 'LRRL') AS only_b,
    count(*) FILTER (p.pattern <> 'LRRL' AND q.pattern <> 'LRRL') AS neither
FROM patterns AS p JOIN patterns AS q ON q.judge = p.judge AND q.item = p.item AND q.run > p.run
GROUP BY p.judge, p.run, q.run ORDER BY p.judge, p.run, q.run
