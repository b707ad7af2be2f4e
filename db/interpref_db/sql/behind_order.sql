-- Items that a judge got wrong in one order. Shape: key.
SELECT run || chr(31) || item || chr(31) || judge AS key FROM patterns
WHERE run = $run AND judge = $judge AND pattern[$order] <> 'LRRL'[$order]
