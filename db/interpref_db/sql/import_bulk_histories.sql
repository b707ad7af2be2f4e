-- The new histories. Shape: one row (rows inserted).
INSERT INTO study.histories BY NAME
SELECT s.key, s.id, $source AS source, h.user_id, h.language, h.title, $confidential AS confidential, h.turns, h.characters,
    h.opening, CASE WHEN $put_off THEN 0 ELSE h.content END AS content, h.extra
FROM (SELECT *, rowid - (SELECT min(rowid) FROM heads) + 1 AS n FROM heads) AS h JOIN settled AS s USING (n)
WHERE s.state = 'new' ORDER BY s.key;
