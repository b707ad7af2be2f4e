-- Buildings that a generation replaces: the older ones of its stage, and those replaced before. Shape: id.
SELECT id FROM study.buildings WHERE stage = $stage AND generation < $generation
UNION SELECT thing FROM study.superseded WHERE kind = 'building'
