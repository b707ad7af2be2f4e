-- Judges of a run. Shape: judge.
SELECT DISTINCT judge FROM (SELECT judge FROM judgings WHERE run = $run UNION ALL SELECT judge FROM verdicts WHERE run = $run)
