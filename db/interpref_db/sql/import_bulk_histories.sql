-- The new histories. Shape: one row (rows inserted).
INSERT INTO study.histories BY NAME
SELECT h.key, h.id, $source AS source, r.user_id, r.language, r.title, $confidential AS confidential, h.turns, h.characters,
    h.opening, h.content, r.extra
FROM heads AS h JOIN raw AS r ON r.rowid + 1 = h.n WHERE h.state = 'new' ORDER BY h.key;
