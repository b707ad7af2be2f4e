-- The histories of an item. Shape: one row (a, b).
SELECT history_a AS a, history_b AS b FROM items WHERE id = $item
