-- Items by their identifier. Shape: (id, pair, query).
SELECT id, pair, query FROM study.items;
