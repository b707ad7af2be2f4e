-- How many lines the study has already. Shape: one row (n).
SELECT count(*) FROM heads WHERE state = 'unchanged';
