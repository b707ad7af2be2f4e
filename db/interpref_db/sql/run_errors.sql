-- What failed and was not made good of a run (or of a judging or comparing of it), by kind, the most first. Shape: error, n,
-- message (the first), status, answers (how many of them came with an answer that could not be used).
SELECT error, count(*) AS n, arg_min(message, time) AS message, arg_min(status, time) AS status, count(answer) AS answers
FROM error_states
WHERE state = 'failed' AND judging IS NOT DISTINCT FROM $judging AND (judging IS NOT NULL OR run_id = $run)
GROUP BY error ORDER BY n DESC, error
