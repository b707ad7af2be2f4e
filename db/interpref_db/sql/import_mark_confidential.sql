-- Mark histories that the study has already. Shape: one row (rows changed). TABLE_NAME has what was imported (id, content).
UPDATE study.histories SET confidential = true
FROM (SELECT DISTINCT id, content FROM TABLE_NAME) AS given
WHERE histories.id = given.id AND histories.content = given.content AND NOT confidential;
