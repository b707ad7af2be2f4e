-- The schema numbers that a study's meta table names, as the texts that they are. Shape: value.
SELECT left(value, 20) AS value FROM study.meta WHERE key = 'schema' LIMIT 1001;
