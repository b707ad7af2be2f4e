-- Candidate queries that nobody has decided about. Shape: one row (n).
SELECT count(*) AS n FROM judged_queries WHERE NOT accepted AND accepts = 0 AND refuses = 0
