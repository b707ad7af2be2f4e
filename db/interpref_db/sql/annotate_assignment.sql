-- One assignment by its identifier or the beginning of it. Shape: the columns of assignments.
SELECT * FROM assignments WHERE starts_with(id, $id) ORDER BY id LIMIT 1
