-- Forget what is replaced: it is found anew. Shape: one row (rows deleted).
DELETE FROM study.superseded
