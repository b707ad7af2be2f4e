-- Preferences by category and type. Shape: (category, subcategory, n).
SELECT category, subcategory, count(*) AS n FROM preferences GROUP BY ALL
