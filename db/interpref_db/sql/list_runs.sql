-- Runs with how far they are. Shape: key, id, name, model, paradigm, provider, expected (items), answered (items with both
-- responses), errors (calls that failed and were not made good), sample, time.
SELECT r.id AS key, r.id, r.name, r.model, r.paradigm, r.provider,
    greatest(coalesce(r.expected, 0), coalesce(n.items, 0)) AS expected, coalesce(n.answered, 0) AS answered,
    coalesce(e.errors, 0) AS errors, coalesce(r.sample, false) AS sample, r.time
FROM runs AS r
LEFT JOIN (
    SELECT run, count(*) AS items, count(*) FILTER (sides = 2) AS answered
    FROM (SELECT run, item, count(DISTINCT side) AS sides FROM responses GROUP BY run, item) GROUP BY run) AS n ON n.run = r.id
LEFT JOIN (
    SELECT run, count(*) AS errors FROM (
        SELECT DISTINCT run, item, side FROM errors WHERE judging IS NULL) AS failed
    WHERE NOT EXISTS (FROM responses AS d WHERE d.run = failed.run AND d.item = failed.item AND d.side = failed.side)
    GROUP BY run) AS e ON e.run = r.id
