-- The trail: what was made from what. Shape: key, id, kind, thing, source_kind, source, role, place, turns.
SELECT id AS key, id, kind, thing, source_kind, source, role, place, turns FROM links
