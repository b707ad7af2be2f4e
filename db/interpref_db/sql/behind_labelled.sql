-- Judged items that people have matched. Shape: key.
SELECT t.run || chr(31) || t.item || chr(31) || t.judge AS key FROM patterns AS t
WHERE t.run = $run AND t.judge = $judge AND EXISTS (
    SELECT 1 FROM current_labels AS l WHERE l.task = 'match' AND l.run_a = t.run AND l.item = t.item AND l.answer <> 'skip')
