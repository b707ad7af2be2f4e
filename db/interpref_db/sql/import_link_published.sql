-- Give items that have no histories yet those of the published map. Shape: one row (items changed).
UPDATE study.items SET history_a = coalesce(history_a, linked.ha), history_b = coalesce(history_b, linked.hb)
FROM (
    SELECT i.id AS item, ha.id AS ha, hb.id AS hb
    FROM study.items AS i JOIN study.pairs AS p ON p.id = i.pair
    LEFT JOIN study.histories AS ha ON ha.source = 'published' AND (ha.extra ->> '$.preference') = p.a
    LEFT JOIN study.histories AS hb ON hb.source = 'published' AND (hb.extra ->> '$.preference') = coalesce(p.b, 'None')
) AS linked
WHERE items.id = linked.item
    AND ((history_a IS NULL AND linked.ha IS NOT NULL) OR (history_b IS NULL AND linked.hb IS NOT NULL));
