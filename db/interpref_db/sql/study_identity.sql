-- What the study says of itself, by key; of several values the greatest, so that it is always the same one. Shape: (key, value).
SELECT key, max(value) FROM study.meta WHERE key IN (SELECT unnest($keys::VARCHAR[])) GROUP BY key;
