-- What a run is. Shape: one row (id, name, model, paradigm, provider, parameters, seed, prompt, expected, program, time, sample,
-- source).
SELECT id, name, model, paradigm, provider, parameters, seed, prompt, expected, program, time, coalesce(sample, false) AS sample,
    source
FROM runs WHERE id = $id
