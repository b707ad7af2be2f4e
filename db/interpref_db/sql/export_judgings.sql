-- Judgings. Shape: the columns of judgings.
FROM judgings ORDER BY id
