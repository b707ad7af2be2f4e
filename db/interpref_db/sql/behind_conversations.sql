-- Histories that carry one preference ('None' stands for no preference). Shape: (key).
SELECT key FROM histories WHERE (extra ->> '$.preference') <> 'None' AND coalesce(extra ->> '$.role', '') <> 'item'
