-- The macros that an attached database holds. Shape: kind, name.
SELECT 'macro' AS kind, function_name AS name FROM duckdb_functions()
WHERE database_name = $database LIMIT 1;
