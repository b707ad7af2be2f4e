-- Preferences that want counterparts: those in no pair yet, and those whose pairs construction made (they are asked once a
-- building). Shape: id, text, category, subcategory, topic, confidential.
SELECT r.id, r.text, r.category, r.subcategory, coalesce(c.topic, r.extra ->> '$.topic') AS topic, r.confidential
FROM representatives AS r LEFT JOIN (
    SELECT l.thing, any_value(c.topic) AS topic FROM links AS l JOIN chunks AS c ON c.id = l.source
    WHERE l.kind = 'preference' AND l.source_kind = 'chunk' GROUP BY l.thing) AS c ON c.thing = r.id
WHERE r.id NOT IN (
    SELECT side FROM (SELECT id, unnest([a, b]) AS side FROM pairs)
    WHERE side IS NOT NULL AND id NOT IN (SELECT thing FROM links WHERE kind = 'pair'))
ORDER BY r.id
