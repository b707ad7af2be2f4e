-- The history of an identifier. Shape: key, id, text (shortened).
SELECT key, id, left(coalesce(title, opening), 300) AS text FROM histories WHERE id = $text LIMIT 1
