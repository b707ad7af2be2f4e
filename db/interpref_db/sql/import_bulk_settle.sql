-- Decide for each line what becomes of it: known by identifier, or by content where it has none.
CREATE OR REPLACE TEMP TABLE heads AS
WITH good AS (FROM heads WHERE NOT odd),
known_content AS (
    SELECT id AS known, content, row_number() OVER (PARTITION BY content ORDER BY key) AS nth
    FROM study.histories WHERE content IN (SELECT content FROM good WHERE id = '')),
unnamed AS (
    SELECT n, content, row_number() OVER (PARTITION BY content ORDER BY n) AS nth FROM good WHERE id = ''),
first AS (SELECT id, min(n) AS n, arg_min(content, n) AS content FROM good WHERE id <> '' GROUP BY id),
known_id AS (SELECT id, content FROM study.histories WHERE id IN (SELECT id FROM first)),
decided AS (
    SELECT u.n, coalesce(k.known, uuidv7()::VARCHAR) AS id, CASE WHEN k.known IS NULL THEN 'new' ELSE 'unchanged' END AS state
    FROM unnamed AS u LEFT JOIN known_content AS k USING (content, nth)
    UNION ALL
    SELECT g.n, g.id, CASE
        WHEN coalesce(k.content, f.content) <> g.content THEN 'conflict'
        WHEN k.id IS NULL AND f.n = g.n THEN 'new' ELSE 'unchanged' END
    FROM good AS g JOIN first AS f USING (id) LEFT JOIN known_id AS k USING (id)),
numbered AS (SELECT n, row_number() OVER (ORDER BY n) AS nth FROM decided WHERE state = 'new')
SELECT h.n, coalesce(d.id, h.id) AS id, h.turns, h.characters, h.opening, h.content, h.odd, d.state,
    (SELECT coalesce(max(key), 0) FROM study.histories) + numbered.nth AS key
FROM heads AS h LEFT JOIN decided AS d USING (n) LEFT JOIN numbered USING (n);
