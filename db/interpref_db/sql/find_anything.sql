-- Items, runs, preferences and pairs that have all the words in their text, or the pattern in their identifier; the best match of
-- identifiers first, at most $most of each kind. Shape: kind, id, text (shortened).
WITH found AS (
    SELECT 'item' AS kind, id, left(query, 300) AS text FROM items
    UNION ALL SELECT 'run', name, model || ' ' || paradigm FROM runs
    UNION ALL SELECT 'preference', id, left(text, 300) FROM preferences
)
SELECT kind, id, text FROM found
WHERE id ILIKE $pattern ESCAPE '\'
    OR list_bool_and(list_transform($words, lambda w: contains(lower(concat_ws(' ', id, text)), lower(w))))
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY lower(id) <> lower($text), NOT starts_with(lower(id), lower($text)), id) <= $most
ORDER BY kind, id
