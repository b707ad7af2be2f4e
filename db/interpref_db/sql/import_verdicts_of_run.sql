-- A judge's verdicts on a run, earlier ones first. Shape: (item or NULL, source_row, order_number, raw, choice).
SELECT item, source_row, order_number, raw, choice FROM study.verdicts
WHERE run = $run AND judge = $judge AND stage = 'verdict' ORDER BY item, source_row, order_number, seq;
