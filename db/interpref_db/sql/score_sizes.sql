-- The runs that have verdicts, in order of their names, with how many. Shape: run, name, n.
SELECT v.run, r.name, v.n FROM (SELECT run, count(*) AS n FROM verdicts GROUP BY run) AS v LEFT JOIN runs AS r ON r.id = v.run
ORDER BY r.name, v.run
