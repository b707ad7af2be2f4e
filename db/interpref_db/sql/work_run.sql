-- A run by its identifier or name, with how many of its items lack a response. Shape: one row (id, name, model, sample, lacking).
SELECT r.id, r.name, r.model, coalesce(r.sample, false) AS sample,
    greatest(0, coalesce(r.expected, 0) - (
        SELECT count(*) FROM (SELECT item FROM responses WHERE run = r.id GROUP BY item HAVING count(DISTINCT side) = 2))) AS lacking
FROM runs AS r WHERE r.id = $run OR r.name = $run ORDER BY r.id = $run DESC, r.id DESC LIMIT 1
