-- Every step of every trail on which a thing depends, within a transaction: a long history is good without the conversation that
-- fills it. Shape: kind, thing, source_kind, source, building.
SELECT kind, thing, source_kind, source, building FROM study.links
WHERE building IS NOT NULL AND coalesce(role, '') NOT IN ('duplicate', 'filler')
