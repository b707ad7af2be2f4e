-- Items that a judge, asked in one way, has compared. Shape: item.
SELECT DISTINCT item FROM judge_comparisons WHERE (extra ->> '$.fingerprint') = $fingerprint
