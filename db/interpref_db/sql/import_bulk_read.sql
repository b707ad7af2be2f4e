-- The lines of a file as they are, in their order: a line that is no record gives a row of NULLs.
-- Shape of `raw`: id, user_id, language, title, turns (list of structs), extra. FILE_NAME, COLUMN_TYPES, TURNS_FIELD,
-- EXTRA_FIELDS and LONGEST are filled in by the importer.
CREATE OR REPLACE TEMP TABLE raw AS
SELECT id, "user" AS user_id, language, title,
    list_transform(TURNS_FIELD, lambda t: {
        'role': lower(coalesce(t."from", t.role)), 'content': coalesce(t."value", t.content), 'calls': t.tool_calls}) AS turns,
    EXTRA_FIELDS AS extra
FROM read_json(FILE_NAME, format = 'newline_delimited', columns = COLUMN_TYPES, ignore_errors = true,
    maximum_object_size = LONGEST);
