-- The split that counts. Shape: one row (the columns of splits), or none.
FROM splits ORDER BY seq DESC, CASE WHEN seq = 0 THEN time END DESC, id DESC LIMIT 1
