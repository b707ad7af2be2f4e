-- Keys of histories as they came, by their place (from 0) in the settled table. Shape: (key).
SELECT key FROM study.histories WHERE rowid >= $start AND rowid < $stop ORDER BY rowid
