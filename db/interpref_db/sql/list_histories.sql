-- Histories. Shape: key, id, opening, turns, characters, source, user, language, title, confidential.
SELECT key, id, coalesce(title, opening) AS opening, turns, characters, source, user_id AS "user", language, title, confidential
FROM histories
