-- Items that two runs were judged differently on by one judge, as the list `judged` knows them; of these, where $better is
-- one of the runs, those that it passed. Shape: key.
SELECT unnest([p.run || chr(31) || p.item || chr(31) || p.judge, q.run || chr(31) || q.item || chr(31) || q.judge]) AS key
FROM patterns AS p JOIN patterns AS q ON q.item = p.item AND q.judge = p.judge
WHERE p.run = $run_a AND q.run = $run_b AND p.judge = $judge AND (p.pattern = 'LRRL') <> (q.pattern = 'LRRL')
    AND ($better IS NULL OR (p.pattern = 'LRRL') = ($better = $run_a))
