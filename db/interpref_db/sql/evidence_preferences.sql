-- The preferences that a history is there to carry: of the items that use it, by side, and the one that it was made or imported
-- for. Shape: preference (identifier), text, other (the counterpart's text, or NULL).
SELECT DISTINCT p.id AS preference, p.text, o.text AS other
FROM items AS i JOIN pairs AS q ON q.id = i.pair
JOIN preferences AS p ON p.id = CASE WHEN i.history_a = $history THEN q.a ELSE q.b END
LEFT JOIN preferences AS o ON o.id = CASE WHEN i.history_a = $history THEN q.b ELSE q.a END
WHERE i.history_a = $history OR i.history_b = $history
UNION
SELECT p.id, p.text, NULL
FROM histories AS h JOIN preferences AS p ON p.id = json_extract_string(h.extra, '$.preference')
WHERE h.id = $history
