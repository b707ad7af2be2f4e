-- The triggers that an attached database holds; only newer versions of DuckDB know any. Shape: kind, name.
SELECT 'trigger' AS kind, trigger_name AS name FROM duckdb_triggers()
WHERE database_name = $database LIMIT 1;
