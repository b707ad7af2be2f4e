-- The run with this fingerprint. Shape: id, name, model, paradigm.
SELECT id, name, model, paradigm FROM runs WHERE fingerprint = $fingerprint ORDER BY id LIMIT 1
