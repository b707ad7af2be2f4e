-- What a model answered about one subject of a building, in order. Shape: stage, text, call.
SELECT stage, text, hash AS call FROM calls
WHERE run = $building AND item = CASE WHEN $part::INTEGER IS NULL THEN $subject ELSE $subject || '#' || $part END ORDER BY id
