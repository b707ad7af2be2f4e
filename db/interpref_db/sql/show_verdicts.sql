-- The four verdicts that count of one run, item and judge. Shape: order, choice, case_label, reasoning, raw, parsed_by, seq, note.
SELECT order_number AS "order", choice, case_label, reasoning, raw, parsed_by, seq, note FROM current_verdicts
WHERE run = $run AND item = $item AND judge = $judge ORDER BY order_number
