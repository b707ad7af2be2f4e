-- The tables of one schema of the in-memory database, as CREATE TABLE. Shape: name, definition.
SELECT table_name AS name, sql AS definition FROM duckdb_tables() WHERE database_name = 'memory' AND schema_name = $schema;
