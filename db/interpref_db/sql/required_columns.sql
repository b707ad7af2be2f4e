-- The columns of the study's tables that every row must have. Shape: (table_name, column_name).
SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'study' AND NOT is_nullable;
