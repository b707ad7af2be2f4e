-- Chunks of histories. Shape: key, id, history, number, first_turn, last_turn, queries, topic, ignored, preferences (how many were
-- taken from it), place.
SELECT c.id AS key, c.id, c.history, c.number, c.first_turn, c.last_turn, c.queries, c.topic, c.ignored,
    coalesce(n.preferences, 0) AS preferences, h.key AS place
FROM chunks AS c LEFT JOIN histories AS h ON h.id = c.history
LEFT JOIN (SELECT source, count(*) AS preferences FROM links WHERE source_kind = 'chunk' GROUP BY source) AS n ON n.source = c.id
