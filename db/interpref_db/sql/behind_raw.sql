-- People's own histories. Shape: (key).
SELECT key FROM histories WHERE coalesce(source, '') <> 'build' AND (extra ->> '$.preference') IS NULL
