-- The judging with this fingerprint. Shape: id, judge.
SELECT id, judge FROM judgings WHERE fingerprint = $fingerprint ORDER BY id LIMIT 1
