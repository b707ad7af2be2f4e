-- Runs with how far they are. Shape: key, id, name, model, paradigm, provider, expected (items), answered (items with both
-- responses), errors (calls that failed and were not made good), state (running, waiting, stopping; done, partly done, stopped,
-- broken, killed, unfinished), sample, time, parameters.
SELECT r.id AS key, r.id, r.name, r.model, r.paradigm, r.provider,
    greatest(coalesce(r.expected, 0), coalesce(n.items, 0)) AS expected, coalesce(n.answered, 0) AS answered,
    coalesce(e.errors, 0) AS errors,
    CASE
        WHEN l.at_work THEN l.state
        WHEN coalesce(n.answered, 0) >= greatest(coalesce(r.expected, 0), coalesce(n.items, 0)) THEN 'done'
        WHEN l.state IN ('stopped', 'broken', 'killed') THEN l.state
        WHEN e.errors > 0 THEN 'partly done'
        ELSE 'unfinished' END AS state,
    coalesce(r.sample, false) AS sample, r.time, r.parameters
FROM runs AS r
LEFT JOIN (
    SELECT run, count(*) AS items, count(*) FILTER (sides = 2) AS answered
    FROM (SELECT run, item, count(DISTINCT side) AS sides FROM responses GROUP BY run, item) GROUP BY run) AS n ON n.run = r.id
LEFT JOIN (
    SELECT run, count(*) AS errors FROM (
        SELECT DISTINCT run, item, side FROM errors WHERE judging IS NULL) AS failed
    WHERE NOT EXISTS (FROM responses AS d WHERE d.run = failed.run AND d.item = failed.item AND d.side = failed.side)
    GROUP BY run) AS e ON e.run = r.id
LEFT JOIN incoming.live AS l ON l.id = r.id
