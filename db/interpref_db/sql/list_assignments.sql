-- Assignments with what came of them. Shape: key, id, task, runs (names), order, seed, opinion, adjudicate, annotators, labels, last.
SELECT a.id AS key, a.id, a.task,
    (SELECT string_agg(coalesce(r.name, u.run), ', ' ORDER BY u.run)
        FROM (SELECT unnest(a.runs) AS run) AS u LEFT JOIN runs AS r ON r.id = u.run) AS runs,
    a.queue_order AS "order", a.seed, a.opinion, a.adjudicate, coalesce(l.annotators, 0) AS annotators,
    coalesce(l.labels, 0) AS labels, l.last
FROM assignments AS a LEFT JOIN (
    SELECT assignment, count(DISTINCT annotator) AS annotators, count(*) AS labels, max(decided_at) AS last
    FROM current_labels GROUP BY assignment) AS l ON l.assignment = a.id
