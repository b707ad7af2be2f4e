-- A judge's verdicts of some items. Shape: run, item, order_number, choice, reasoning.
SELECT run, item, order_number, choice, reasoning FROM current_verdicts
WHERE judge = $judge AND run IN (SELECT unnest($runs::VARCHAR[])) AND item IN (SELECT unnest($items::VARCHAR[]))
ORDER BY run, item, order_number
