-- Which items each run has answered on both sides. Shape: run, item.
SELECT run, item FROM responses WHERE run IN (SELECT unnest($runs::VARCHAR[]))
GROUP BY run, item HAVING count(DISTINCT side) = 2
