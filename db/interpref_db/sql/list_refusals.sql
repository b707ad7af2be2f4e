-- What construction did not take, and why (of generations that nothing has replaced). Shape: key, id, stage, generation, subject,
-- text, reason, making, place.
SELECT m.id || '/' || r.number AS key, m.id || '/' || r.number AS id, m.stage, b.generation,
    CASE WHEN m.part IS NULL THEN m.subject ELSE m.subject || '#' || m.part END AS subject, r.refusal ->> '$.text' AS text,
    r.refusal ->> '$.reason' AS reason, m.id AS making,
    CASE m.stage WHEN 'extract' THEN 1 WHEN 'dedupe' THEN 2 WHEN 'categorise' THEN 3 WHEN 'counterparts' THEN 4 WHEN 'queries' THEN 5
        WHEN 'histories' THEN 6 WHEN 'items' THEN 7 ELSE 8 END AS place
FROM makings AS m JOIN (
    SELECT id, unnest(json_extract(refused, '$[*]')) AS refusal,
        unnest(range(1, json_array_length(refused)::BIGINT + 1)) AS number
    FROM makings WHERE refused IS NOT NULL) AS r ON r.id = m.id
LEFT JOIN buildings AS b ON b.id = m.building
WHERE m.building NOT IN (SELECT thing FROM superseded WHERE kind = 'building')
