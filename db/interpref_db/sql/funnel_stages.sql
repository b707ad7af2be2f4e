-- The newest generation of each stage. Shape: stage, building, generation, model, time, asked (subjects), made (subjects that gave
-- something), refused (things), failed (subjects without an answer so far).
SELECT b.stage, b.id AS building, b.generation, b.model, b.time, coalesce(m.asked, 0) AS asked, coalesce(m.made, 0) AS made,
    coalesce(m.refused, 0)::BIGINT AS refused,
    (SELECT count(DISTINCT e.item) FROM errors AS e WHERE e.run = b.id AND e.item NOT IN (
        SELECT CASE WHEN part IS NULL THEN subject ELSE subject || '#' || part END FROM makings WHERE building = b.id)) AS failed
FROM (FROM buildings QUALIFY row_number() OVER (PARTITION BY stage ORDER BY generation DESC, id DESC) = 1) AS b
LEFT JOIN (
    SELECT building, count(*) AS asked, count(*) FILTER (made IS NOT NULL) AS made, sum(coalesce(json_array_length(refused), 0)) AS refused
    FROM makings GROUP BY building) AS m ON m.building = b.id
