-- What a building took from windows of histories that have no chunk of it yet. Shape: history, key, turns, confidential,
-- positions (of the user's turns), lengths, makings (list of id, part, made, refused).
SELECT h.id AS history, h.turns, h.confidential, t.positions, t.lengths, m.makings
FROM study.histories AS h
JOIN (
    SELECT subject, list({'id': id, 'part': part, 'made': made::VARCHAR, 'refused': refused::VARCHAR} ORDER BY part, id) AS makings
    FROM study.makings WHERE building = $building
        AND subject NOT IN (SELECT source FROM study.links WHERE kind = 'chunk' AND building = $building) GROUP BY subject) AS m ON m.subject = h.id
JOIN (
    SELECT history, list(position ORDER BY position) AS positions, list(length(content) ORDER BY position) AS lengths
    FROM study.turns WHERE role = 'user' GROUP BY history) AS t ON t.history = h.key
ORDER BY h.key
