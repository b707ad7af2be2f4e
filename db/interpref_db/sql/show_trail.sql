-- The trail of one thing back to what it was made from, depth first as far as depth and place order it. Shape: depth, kind, thing,
-- source_kind, source, role, place, turns, text (of the source, shortened), model (that was asked), building.
WITH RECURSIVE
steps AS (
    SELECT kind, thing, source_kind, source, role, place, arg_max(turns, coalesce(building, '')) AS turns,
        max(building) AS building
    FROM links GROUP BY kind, thing, source_kind, source, role, place),
trail AS (
    SELECT 1 AS depth, s.* FROM steps AS s WHERE kind = $kind AND thing = $thing
    UNION
    SELECT t.depth + 1, s.* FROM trail AS t JOIN steps AS s ON s.kind = t.source_kind AND s.thing = t.source
    WHERE t.depth < 12)
SELECT t.depth, t.kind, t.thing, t.source_kind, t.source, t.role, t.place, t.turns,
    left(coalesce(p.text, q.text, c.topic, h.opening, i.query), 300) AS text, b.model, t.building
FROM (
    SELECT min(depth) AS depth, kind, thing, source_kind, source, role, place, any_value(turns) AS turns,
        max(building) AS building
    FROM trail GROUP BY ALL) AS t
LEFT JOIN all_preferences AS p ON t.source_kind = 'preference' AND p.id = t.source
LEFT JOIN all_queries AS q ON t.source_kind = 'query' AND q.id = t.source
LEFT JOIN all_chunks AS c ON t.source_kind = 'chunk' AND c.id = t.source
LEFT JOIN all_histories AS h ON t.source_kind = 'history' AND h.id = t.source
LEFT JOIN all_items AS i ON t.source_kind = 'item' AND i.id = t.source
LEFT JOIN buildings AS b ON b.id = t.building
ORDER BY t.depth, t.kind, t.thing, t.place NULLS FIRST, t.role, t.source
