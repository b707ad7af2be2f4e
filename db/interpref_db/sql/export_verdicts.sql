-- Verdicts, superseded and unplaced ones too (`current` tells). Shape: id, run, model, paradigm, sample, item, judge, order,
-- preferences and responses as shown, choice, right, case_label, reasoning, stage, seq, current, parsed_by, raw, note, provenance.
SELECT v.id, v.run, r.model, r.paradigm, coalesce(r.sample, false) AS sample, v.item, v.judge, v.order_number AS "order",
    CASE WHEN v.order_number IN (1, 2) THEN 'a,b' ELSE 'b,a' END AS preferences,
    CASE WHEN v.order_number IN (1, 3) THEN 'a,b' ELSE 'b,a' END AS responses,
    v.choice, v.choice = CASE WHEN v.order_number IN (1, 4) THEN 'Left' ELSE 'Right' END AS "right",
    v.case_label, v.reasoning, v.stage, v.seq, v.id IN (SELECT id FROM current_verdicts) AS current, v.parsed_by, v.raw, v.note,
    v.provenance
FROM verdicts AS v LEFT JOIN runs AS r ON r.id = v.run
ORDER BY v.run, v.judge, v.item, v.order_number, v.seq
