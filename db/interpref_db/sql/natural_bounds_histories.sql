-- The first and the last key between two places (from 0) of the settled table. Shape: (low, high), NULLs when there is none.
SELECT min(key) AS low, max(key) AS high FROM study.histories WHERE rowid >= $start AND rowid < $stop
