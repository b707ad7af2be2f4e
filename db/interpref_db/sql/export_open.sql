-- The rows of an export without those that were made of confidential histories. Shape: the columns of the export.
SELECT * FROM (QUERY) AS e WHERE id NOT IN (SELECT thing FROM private_things WHERE kind = $kind) ORDER BY id
