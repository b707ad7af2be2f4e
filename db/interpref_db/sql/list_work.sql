-- Everything that models did or do, a run followed by its judgings and by what it is compared with. Shape: key, kind
-- (generate, judge, compare, build), id, run (name), name (of the run, the judge, or the run compared with), judge, model, paradigm,
-- provider, done, expected, errors, state, sample, time; label (kind, name, judge) and standing (id, state) and reach (id, done, expected) as
-- lists, to be shown as one.
SELECT *, [kind, name, judge] AS label, [id, state] AS standing,
    [id, done::VARCHAR, expected::VARCHAR] AS reach FROM (
    SELECT 'generate:' || id AS key, 'generate' AS kind, id, id AS run_id, name AS run, name, NULL AS judge, model, paradigm,
        provider, answered AS done, expected, errors, state, sample, time, 1 AS rank
    FROM listed_runs
    UNION ALL
    SELECT 'judge:' || id, 'judge', id, run, coalesce(run_name, run), judge, judge, model, NULL, provider, judged, expected,
        errors, state, sample, time, 2
    FROM listed_judgings
    UNION ALL
    SELECT 'compare:' || id, 'compare', id, run, coalesce(run_a, run), coalesce(run_b, '?'), judge, model, NULL, NULL, compared,
        compared + errors, errors, state, false, time, 3
    FROM listed_comparings
    UNION ALL
    SELECT 'build:' || b.id, 'build', b.id, b.id, 'build ' || b.stage, 'build ' || b.stage, NULL, b.model, NULL, NULL, b.subjects,
        b.subjects + b.failed, b.failed,
        CASE WHEN l.at_work THEN l.state WHEN l.state IN ('stopped', 'broken', 'killed') THEN l.state
            WHEN b.failed > 0 THEN 'partly done' ELSE 'done' END, false, b.time, 0
    FROM listed_buildings AS b LEFT JOIN incoming.live AS l ON l.id = b.id
    WHERE NOT b.replaced)
