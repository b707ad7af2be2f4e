-- Preferences by identifier. Shape: id, text, category, subcategory.
SELECT id, text, category, subcategory FROM preferences WHERE id IN (SELECT unnest($ids::VARCHAR[]))
