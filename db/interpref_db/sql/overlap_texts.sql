-- A run's responses and the preferences of its items. Shape: (text).
SELECT text FROM responses WHERE run = $run
UNION ALL
SELECT text FROM preferences WHERE id IN (
    SELECT unnest([q.a, q.b]) FROM pairs AS q JOIN items AS i ON i.pair = q.id
    WHERE i.id IN (SELECT item FROM responses WHERE run = $run))
