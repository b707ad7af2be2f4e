-- Calls that failed. Shape: key, id, run, run_id, judge, judging, item, side, order, error, message, attempts, status, time,
-- answer, state (failed: nothing has come of it yet; made good; tried again: it failed once more, see the later one).
SELECT e.id AS key, e.id, coalesce(r.name, 'build ' || u.stage) AS run, e.run AS run_id, coalesce(j.judge, c.judge) AS judge, e.judging, e.item, e.side,
    e.order_number AS "order", e.error, e.message, e.attempts, e.status, e.time, e.answer,
    CASE
        WHEN EXISTS (FROM responses AS d WHERE e.judging IS NULL AND d.run = e.run AND d.item = e.item AND d.side = e.side)
            OR EXISTS (FROM verdicts AS d WHERE d.judging = e.judging AND d.item = e.item AND d.order_number = e.order_number)
            OR EXISTS (FROM makings AS d WHERE d.building = e.run
                AND e.item = CASE WHEN d.part IS NULL THEN d.subject ELSE d.subject || '#' || d.part END)
            OR EXISTS (FROM judge_comparisons AS d WHERE d.comparing = e.judging AND d.item = e.item) THEN 'made good'
        WHEN row_number() OVER (
            PARTITION BY e.run, e.judging, e.item, e.side, e.order_number ORDER BY e.time DESC, e.id DESC) > 1 THEN 'tried again'
        ELSE 'failed' END AS state
FROM errors AS e LEFT JOIN runs AS r ON r.id = e.run LEFT JOIN judgings AS j ON j.id = e.judging
LEFT JOIN buildings AS u ON u.id = e.run
LEFT JOIN (SELECT DISTINCT comparing, annotator AS judge FROM judge_comparisons) AS c ON c.comparing = e.judging
