-- The tables of an attached database, with about how many rows each has. Shape: name, rows.
SELECT table_name AS name, estimated_size AS rows FROM duckdb_tables()
WHERE database_name = $database AND schema_name = 'main' ORDER BY name;
