-- Verdicts, superseded and unplaced ones too. Shape: key, id, run, item, judge, order, choice, right, case_label, stage, seq,
-- reasoning (shortened).
SELECT v.id AS key, v.id, r.name AS run, v.item, v.judge, v.order_number AS "order", v.choice,
    v.choice = CASE WHEN v.order_number IN (1, 4) THEN 'Left' ELSE 'Right' END AS "right",
    v.case_label, v.stage, v.seq, left(v.reasoning, 400) AS reasoning
FROM verdicts AS v LEFT JOIN runs AS r ON r.id = v.run
