-- Runs with at least one item answered on both sides. Shape: id, name, model.
SELECT id, name, model FROM runs WHERE id IN (
    SELECT run FROM (SELECT run, item FROM responses GROUP BY run, item HAVING count(DISTINCT side) = 2))
ORDER BY id
