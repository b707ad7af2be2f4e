-- The lines that were taken in, as a table `fresh` (origin, line, type, json); type is NULL for what is not a JSON object.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT origin, line, CASE WHEN valid THEN (json ->> '$.type') END AS type, CASE WHEN valid THEN json END AS json FROM (
    SELECT origin, line,
        json_valid(text) AND json_type(CASE WHEN json_valid(text) THEN text ELSE 'null' END) = 'OBJECT' AS valid,
        CASE WHEN valid THEN text::JSON END AS json
    FROM lines);
