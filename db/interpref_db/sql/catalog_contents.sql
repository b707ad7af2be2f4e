-- What an attached database holds besides rows, by its own catalogue; nothing of it is evaluated. Shape: kind, schema, name,
-- definition (of tables, as CREATE TABLE), whether it has indexes.
SELECT 'table' AS kind, schema_name AS schema, table_name AS name, sql AS definition, index_count > 0 AS indexed
FROM duckdb_tables() WHERE database_name = $database
UNION ALL
SELECT 'schema', schema_name, schema_name, NULL, false FROM duckdb_schemas()
WHERE database_name = $database AND NOT internal AND schema_name <> 'main'
UNION ALL
SELECT 'view', schema_name, view_name, NULL, false FROM duckdb_views() WHERE database_name = $database AND NOT internal
UNION ALL
SELECT 'sequence', schema_name, sequence_name, NULL, false FROM duckdb_sequences() WHERE database_name = $database
UNION ALL
SELECT 'index', schema_name, index_name, NULL, false FROM duckdb_indexes() WHERE database_name = $database
UNION ALL
SELECT 'type', schema_name, type_name, NULL, false FROM duckdb_types() WHERE database_name = $database AND NOT internal;
