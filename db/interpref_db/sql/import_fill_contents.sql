-- Give histories their content number where it was put off (0); the same number as content_of gives. Shape: one row
-- (rows changed).
UPDATE study.histories SET content = filled.content
FROM (
    SELECT history, md5_number(string_agg(concat(role, md5(content)), ' ' ORDER BY position)) AS content
    FROM study.turns WHERE history IN (SELECT key FROM study.histories WHERE content = 0) GROUP BY history) AS filled
WHERE histories.key = filled.history AND histories.content = 0;
