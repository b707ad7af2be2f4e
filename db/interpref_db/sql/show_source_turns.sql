-- The turns that show a preference, where it was extracted. Shape: history, position, role, content, time.
SELECT DISTINCT h.id AS history, t.position, t.role, t.content, t.time
FROM links AS l JOIN all_chunks AS c ON c.id = l.source JOIN all_histories AS h ON h.id = c.history
JOIN turns AS t ON t.history = h.key AND list_contains(l.turns, t.position)
WHERE l.kind = 'preference' AND l.source_kind = 'chunk' AND l.thing = $preference
ORDER BY history, t.position
