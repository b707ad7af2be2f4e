-- Generations of the stages of construction. Shape: key, id, stage, generation, model, subjects (asked about), made (subjects
-- that gave something), refused (how much), failed (subjects whose calls failed), replaced (by a later one), time, place.
SELECT b.id AS key, b.id, b.stage, b.generation, b.model, coalesce(m.subjects, 0) AS subjects, coalesce(m.made, 0) AS made,
    coalesce(m.refused, 0)::BIGINT AS refused, coalesce(e.failed, 0) AS failed,
    b.id IN (SELECT thing FROM superseded WHERE kind = 'building') AS replaced, b.time,
    CASE b.stage WHEN 'extract' THEN 1 WHEN 'dedupe' THEN 2 WHEN 'categorise' THEN 3 WHEN 'counterparts' THEN 4 WHEN 'queries' THEN 5
        WHEN 'histories' THEN 6 WHEN 'items' THEN 7 ELSE 8 END AS place
FROM buildings AS b
LEFT JOIN (
    SELECT building, count(*) AS subjects, count(made) AS made, sum(coalesce(json_array_length(refused), 0)) AS refused
    FROM makings GROUP BY building) AS m ON m.building = b.id
LEFT JOIN (
    SELECT run, count(DISTINCT item) AS failed FROM errors WHERE (run, item) NOT IN (
        SELECT (building, CASE WHEN part IS NULL THEN subject ELSE subject || '#' || part END) FROM makings)
    GROUP BY run) AS e ON e.run = b.id
