-- Judges that have compared two runs, and how each was asked. Shape: judge, fingerprint.
SELECT DISTINCT annotator AS judge, (extra ->> '$.fingerprint') AS fingerprint
FROM judge_comparisons WHERE run_a IN ($run_a, $run_b) AND run_b IN ($run_a, $run_b)
