-- The split that counts. Shape: one row (the columns of splits), or none.
FROM splits ORDER BY time DESC, id DESC LIMIT 1
