-- Runs that have responses. Shape: (run).
SELECT DISTINCT run FROM study.responses ORDER BY run;
