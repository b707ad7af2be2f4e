-- The rows of an export, in their order, without those that go back to confidential histories. Shape: the columns of the export.
SELECT * FROM (QUERY) AS e WHERE id NOT IN (SELECT thing FROM private_things WHERE kind = $kind)
