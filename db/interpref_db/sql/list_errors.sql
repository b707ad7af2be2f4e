-- Calls that failed. Shape: key, id, run, run_id, judge, judging, item, side, order, error, message, attempts, status, time,
-- answer, state (failed, made good, tried again).
FROM error_states
