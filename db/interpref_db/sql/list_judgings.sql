-- Judges over runs with how far they are. Shape: key, id, run, run_name, judge, model, provider, expected (items), judged
-- (items with all four verdicts), errors (verdicts that failed and were not made good), state (as runs have it), sample, time,
-- parameters.
SELECT j.id AS key, j.id, j.run, r.name AS run_name, j.judge, j.model, j.provider,
    greatest(coalesce(j.expected, 0), coalesce(n.judged, 0)) AS expected, coalesce(n.judged, 0) AS judged,
    coalesce(e.errors, 0) AS errors,
    CASE
        WHEN l.at_work THEN l.state
        WHEN coalesce(n.judged, 0) >= greatest(coalesce(j.expected, 0), coalesce(n.judged, 0)) THEN 'done'
        WHEN l.state IN ('stopped', 'broken', 'killed') THEN l.state
        WHEN e.errors > 0 THEN 'partly done'
        ELSE 'unfinished' END AS state,
    coalesce(j.sample, false) AS sample, j.time, j.parameters
FROM judgings AS j LEFT JOIN runs AS r ON r.id = j.run
LEFT JOIN (SELECT run, judge, count(*) AS judged FROM patterns GROUP BY run, judge) AS n ON n.run = j.run AND n.judge = j.judge
LEFT JOIN (
    SELECT judging, count(*) AS errors FROM (SELECT DISTINCT judging, item, order_number FROM errors) AS failed
    WHERE NOT EXISTS (
        FROM verdicts AS d
        WHERE d.judging = failed.judging AND d.item = failed.item AND d.order_number = failed.order_number)
    GROUP BY judging) AS e ON e.judging = j.id
LEFT JOIN incoming.live AS l ON l.id = j.id
