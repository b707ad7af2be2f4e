-- A judge's comparisons of some items. Shape: item, run_a, run_b, winner, orders (JSON: left, better, reasoning).
SELECT item, run_a, run_b, winner, (extra -> '$.orders')::VARCHAR AS orders FROM comparisons
WHERE kind = 'judge' AND annotator = $judge AND run_a IN (SELECT unnest($runs::VARCHAR[]))
    AND run_b IN (SELECT unnest($runs::VARCHAR[])) AND item IN (SELECT unnest($items::VARCHAR[])) ORDER BY id
