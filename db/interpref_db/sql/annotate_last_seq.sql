-- The number of an annotator's last event. Shape: one row (seq).
SELECT coalesce(max(seq), 0) AS seq FROM labels WHERE annotator = $annotator
