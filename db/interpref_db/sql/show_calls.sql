-- Finished calls of one side of an item in a run, the latest of each stage. Shape: stage, text.
SELECT stage, arg_max(text, id) AS text FROM calls WHERE run = $run AND item = $item AND side = $side GROUP BY stage
