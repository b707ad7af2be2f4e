-- Removes histories that lack some of their turns from a study that is being saved. Shape: one row (rows removed).
DELETE FROM saved.histories AS h
WHERE h.turns <> (SELECT count(*) FROM saved.turns AS t WHERE t.history = h.key);
