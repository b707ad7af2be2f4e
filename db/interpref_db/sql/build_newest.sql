-- The newest generation of a stage, and whether it has replaced the older ones. Shape: one row (id, stage, generation, model,
-- provider, settings, seed, fingerprint, complete), or none.
SELECT b.id, b.stage, b.generation, b.model, b.provider, b.settings, b.seed, b.fingerprint,
    b.generation = 1 OR b.id IN (SELECT building FROM superseded WHERE kind = 'building') AS complete
FROM buildings AS b WHERE b.stage = $stage ORDER BY b.generation DESC, b.id DESC LIMIT 1
