-- Judges over two runs' pairs. Shape: key, id, run_a, run_b (names), run (identifier of the first), judge, model, compared
-- (items), a, b, ties, unreadable, errors, state, time.
SELECT n.comparing AS key, n.comparing AS id, ra.name AS run_a, rb.name AS run_b, n.run_a AS run, n.judge, n.model, n.compared,
    n.a, n.b, n.ties, n.unreadable, coalesce(e.errors, 0) AS errors,
    CASE WHEN l.at_work THEN l.state WHEN e.errors > 0 THEN 'partly done' ELSE coalesce(l.state, 'done') END AS state, n.time
FROM (
    SELECT comparing, any_value(run_a) AS run_a, any_value(run_b) AS run_b, any_value(annotator) AS judge,
        any_value(extra ->> '$.judge_model') AS model, count(*) AS compared, count(*) FILTER (winner = 'a') AS a,
        count(*) FILTER (winner = 'b') AS b, count(*) FILTER (winner = 'tie') AS ties,
        count(*) FILTER (winner = 'skip') AS unreadable, min(time) AS time
    FROM judge_comparisons GROUP BY comparing) AS n
LEFT JOIN runs AS ra ON ra.id = n.run_a LEFT JOIN runs AS rb ON rb.id = n.run_b
LEFT JOIN (
    SELECT judging, count(DISTINCT item) AS errors FROM errors AS f
    WHERE NOT EXISTS (FROM judge_comparisons AS d WHERE d.comparing = f.judging AND d.item = f.item)
    GROUP BY judging) AS e ON e.judging = n.comparing
LEFT JOIN incoming.live AS l ON l.id = n.comparing
