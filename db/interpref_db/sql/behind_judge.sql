-- Comparisons of a judge. Shape: key.
SELECT id AS key FROM comparisons WHERE kind = 'judge' AND annotator = $judge
