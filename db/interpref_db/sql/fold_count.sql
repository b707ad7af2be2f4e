-- How many rows of one origin wait in one incoming table. Shape: one row (n).
SELECT count(*) FROM incoming.TABLE_NAME WHERE origin = $origin;
