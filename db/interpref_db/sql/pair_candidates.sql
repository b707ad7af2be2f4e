-- Preferences of a topic that are in no pair yet, with their question and the history that carries them, if any.
-- Shape: (id, text, topic, question, history).
SELECT p.id, p.text, (p.extra ->> '$.topic') AS topic, (p.extra ->> '$.question') AS question, h.history
FROM study.preferences AS p LEFT JOIN (
    -- the longest conversation that carries the preference
    SELECT (extra ->> '$.preference') AS preference, arg_max(id, (turns, -key)) AS history
    FROM study.histories WHERE (extra ->> '$.preference') IS NOT NULL GROUP BY ALL) AS h ON h.preference = p.id
WHERE topic IS NOT NULL AND ($topic IS NULL OR topic = $topic)
    AND p.id NOT IN (SELECT a FROM study.pairs)
    AND p.id NOT IN (SELECT b FROM study.pairs WHERE b IS NOT NULL);
