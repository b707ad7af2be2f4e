-- Preferences that could be fillers: those that stand for themselves, one of each category first. Shape: id, text, category,
-- confidential.
SELECT id, text, category, confidential FROM representatives
ORDER BY row_number() OVER (PARTITION BY category ORDER BY text, id), category NULLS LAST, id
