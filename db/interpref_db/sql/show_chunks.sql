-- The chunks of a history in order. Shape: id, number, first_turn, last_turn, topic, ignored, preferences (list of texts).
SELECT c.id, c.number, c.first_turn, c.last_turn, c.topic, c.ignored,
    list(p.text ORDER BY l.turns) FILTER (p.text IS NOT NULL) AS preferences
FROM chunks AS c LEFT JOIN links AS l ON l.kind = 'preference' AND l.source_kind = 'chunk' AND l.source = c.id
LEFT JOIN all_preferences AS p ON p.id = l.thing
WHERE c.history = $history GROUP BY ALL ORDER BY c.number
