-- Items and the names of the runs that answered them. Shape: key, value.
SELECT DISTINCT a.item AS key, r.name AS value FROM responses AS a JOIN runs AS r ON r.id = a.run
