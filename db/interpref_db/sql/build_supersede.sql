-- What a new generation of a stage replaces: what the older ones made, and what was made of that. Items with answers or labels
-- stay, and what they need. Shape: kind, thing.
WITH RECURSIVE
older AS (SELECT id FROM study.buildings WHERE stage = $stage AND generation < $generation),
steps AS (
    SELECT kind, thing, source_kind, source FROM study.links WHERE coalesce(role, '') <> 'duplicate'
    UNION SELECT 'pair', id, 'preference', unnest([a, b]) FROM study.pairs
    UNION SELECT 'query', id, 'pair', pair FROM study.queries
    UNION SELECT 'item', id, 'pair', pair FROM study.items
    UNION SELECT 'item', id, 'history', unnest([history_a, history_b]) FROM study.items),
made AS (
    SELECT kind, thing FROM study.links WHERE building IN (FROM older) AND coalesce(role, '') <> 'duplicate'
    UNION SELECT 'chunk', id FROM study.chunks WHERE building IN (FROM older)
    UNION SELECT 'query', id FROM study.queries WHERE building IN (FROM older)),
replaced AS (
    SELECT kind, thing FROM made
    UNION SELECT s.kind, s.thing FROM steps AS s JOIN replaced AS r ON s.source_kind = r.kind AND s.source = r.thing),
used AS (
    SELECT 'item' AS kind, id AS thing FROM study.items
    WHERE id IN (SELECT item FROM study.responses) OR id IN (SELECT item FROM study.labels)),
kept AS (
    SELECT kind, thing FROM used
    UNION SELECT s.source_kind, s.source FROM steps AS s JOIN kept AS k ON s.kind = k.kind AND s.thing = k.thing)
SELECT kind, thing FROM (
    SELECT kind, thing FROM replaced EXCEPT SELECT kind, thing FROM kept
    UNION SELECT 'building', id FROM older)
WHERE (kind, thing) NOT IN (SELECT (kind, thing) FROM study.superseded)
ORDER BY kind, thing
