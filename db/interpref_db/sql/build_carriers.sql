-- The conversation that carries each preference, the one made last where there are several. Shape: preference, text, history,
-- category, subcategory, confidential. 'None' stands for no preference.
SELECT p.id AS preference, p.text, h.history, p.category, p.subcategory, h.confidential
FROM (
    SELECT (extra ->> '$.preference') AS preference, arg_max(id, key) AS history, bool_or(confidential) AS confidential
    FROM histories WHERE (extra ->> '$.preference') IS NOT NULL AND coalesce(extra ->> '$.role', '') <> 'item' GROUP BY ALL) AS h
JOIN preferences AS p ON p.id = h.preference
UNION ALL
SELECT 'None', 'None', arg_max(id, key), NULL, NULL, bool_or(confidential) FROM histories
WHERE (extra ->> '$.preference') = 'None' HAVING count(*) > 0
ORDER BY 1
