-- Removes turns whose history could not be read from a study that is being saved. Shape: one row (rows removed).
DELETE FROM saved.turns WHERE history NOT IN (SELECT key FROM saved.histories);
