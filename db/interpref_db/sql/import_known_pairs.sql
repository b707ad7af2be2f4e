-- Pairs by their two preferences. Shape: (a, b or NULL, id).
SELECT a, b, id FROM study.pairs;
