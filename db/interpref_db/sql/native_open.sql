-- One kind of record without what goes back to confidential histories. Shape: the columns of the view.
FROM VIEW_NAME WHERE id NOT IN (SELECT thing FROM private_things WHERE kind = $kind)
