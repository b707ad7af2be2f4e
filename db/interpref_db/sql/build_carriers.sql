-- The conversation that carries each preference, the one made last where there are several. Shape: preference, text, history,
-- category, subcategory, confidential, buildings (that made conversations of it; empty where it was imported). 'None' stands for
-- no preference.
SELECT h.preference, coalesce(p.text, 'None') AS text, h.history, p.category, p.subcategory,
    h.confidential OR h.preference IN (SELECT id FROM private_preferences) AS confidential, h.buildings
FROM (
    SELECT (g.extra ->> '$.preference') AS preference, arg_max(g.id, (coalesce(l.building, ''), g.key)) AS history,
        bool_or(g.confidential) AS confidential, list(DISTINCT coalesce(l.building, '')) AS buildings
    FROM histories AS g LEFT JOIN links AS l ON l.kind = 'history' AND l.source_kind = 'preference' AND l.thing = g.id
    WHERE (g.extra ->> '$.preference') IS NOT NULL GROUP BY ALL) AS h
LEFT JOIN preferences AS p ON p.id = h.preference
WHERE p.id IS NOT NULL OR h.preference = 'None'
ORDER BY 1
