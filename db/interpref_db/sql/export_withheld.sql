-- How many rows of an export go back to confidential histories. Shape: one row (n).
SELECT count(*) AS n FROM (QUERY) AS e WHERE id IN (SELECT thing FROM private_things WHERE kind = $kind)
