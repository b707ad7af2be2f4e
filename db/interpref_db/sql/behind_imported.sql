-- Histories that came from files. Shape: (key).
SELECT key FROM histories WHERE coalesce(source, '') <> 'build'
