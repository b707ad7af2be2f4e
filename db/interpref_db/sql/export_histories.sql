-- Histories as data sets have them. Shape: id, messages (list of role, content), source, user, language, title, turns,
-- characters, confidential.
SELECT h.id, t.messages, h.source, h.user_id AS "user", h.language, h.title, h.turns, h.characters, h.confidential
FROM histories AS h JOIN (
    SELECT history, list({'role': role, 'content': content} ORDER BY position) AS messages FROM turns GROUP BY history
) AS t ON t.history = h.key
ORDER BY h.key
