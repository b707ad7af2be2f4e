-- What each judge said of each order of each item of a run that two judges or more have seen. Shape: run, entry, judge, choice.
SELECT run, item || chr(31) || order_number AS entry, judge, choice FROM current_verdicts
WHERE choice <> 'Unreadable' AND list_contains($runs::VARCHAR[], run)
QUALIFY count(DISTINCT judge) OVER (PARTITION BY run) > 1 ORDER BY run, entry, judge
