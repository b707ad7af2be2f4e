-- A run's responses in the order they came. Shape: (item, side, text).
SELECT item, side, text FROM study.responses WHERE run = $run ORDER BY rowid;
