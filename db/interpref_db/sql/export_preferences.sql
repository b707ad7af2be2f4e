-- Preferences. Shape: id, text, category, subcategory, extra.
SELECT id, text, category, subcategory, extra FROM preferences ORDER BY id
