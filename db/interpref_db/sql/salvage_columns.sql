-- The columns of texts, JSON and numbers with fractions of one table of the attached study. Shape: name, kind.
SELECT column_name AS name, data_type AS kind FROM duckdb_columns()
WHERE database_name = 'study' AND schema_name = 'main' AND table_name = $name AND data_type IN ('VARCHAR', 'JSON', 'DOUBLE')
ORDER BY column_index;
