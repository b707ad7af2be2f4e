-- Preferences that can be clustered: counterparts are not, since they are made to differ from another one.
-- `sources` counts the chunks that show it. Shape: (id, text, category, subcategory, confidential, sources), by id.
SELECT p.id, p.text, p.category, p.subcategory, p.id IN (SELECT id FROM private_preferences) AS confidential, coalesce(l.sources, 0) AS sources
FROM preferences AS p LEFT JOIN (
    SELECT thing, bool_or(role = 'counterpart') AS counterpart,
        count(DISTINCT source) FILTER (source_kind = 'chunk') AS sources
    FROM links WHERE kind = 'preference' GROUP BY thing) AS l ON l.thing = p.id
WHERE NOT coalesce(l.counterpart, false) ORDER BY p.id
