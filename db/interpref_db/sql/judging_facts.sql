-- What a judging is. Shape: one row (id, run, run_name, judge, model, provider, parameters, seed, prompt, strip_openings,
-- expected, program, time, sample).
SELECT j.id, j.run, r.name AS run_name, j.judge, j.model, j.provider, j.parameters, j.seed, j.prompt, j.strip_openings, j.expected,
    j.program, j.time, coalesce(j.sample, false) AS sample
FROM judgings AS j LEFT JOIN runs AS r ON r.id = j.run WHERE j.id = $id
