-- One kind of record without what was made of confidential histories. Shape: the columns of the view.
FROM VIEW_NAME WHERE coalesce(COLUMN_NAME, '') NOT IN (SELECT thing FROM private_things WHERE kind = $kind)
