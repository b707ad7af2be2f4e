-- How much there is of everything. Shape: one row (histories, turns, preferences, pairs, items, runs, responses, verdicts,
-- comparisons).
SELECT (SELECT count(*) FROM histories) AS histories, (SELECT count(*) FROM turns) AS turns,
    (SELECT count(*) FROM preferences) AS preferences, (SELECT count(*) FROM pairs) AS pairs,
    (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM runs) AS runs,
    (SELECT count(*) FROM responses) AS responses, (SELECT count(*) FROM verdicts) AS verdicts,
    (SELECT count(*) FROM comparisons) AS comparisons
