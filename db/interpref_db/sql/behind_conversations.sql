-- Histories that carry one preference. Shape: (key).
SELECT key FROM histories WHERE (extra ->> '$.preference') IS NOT NULL AND coalesce(extra ->> '$.role', '') <> 'item'
