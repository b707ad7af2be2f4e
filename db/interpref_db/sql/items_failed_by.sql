-- Items and the names of the runs that did not pass them, by any judge. Shape: key, value.
SELECT DISTINCT t.item AS key, r.name AS value FROM patterns AS t JOIN runs AS r ON r.id = t.run WHERE t.pattern <> 'LRRL'
