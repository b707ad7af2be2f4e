-- Histories whose identifier, title or first words have all the words, at most $most. Shape: key, id, text (shortened).
SELECT key, id, left(coalesce(title, opening), 300) AS text FROM histories
WHERE list_bool_and(list_transform($words, lambda w: contains(lower(concat_ws(' ', id, title, opening)), lower(w))))
LIMIT $most
