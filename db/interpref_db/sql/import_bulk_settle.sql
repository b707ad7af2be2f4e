-- Decide for each line what becomes of it: known by identifier, or by content where it has none. Lines that say the same
-- cannot be told apart by their print, so they count as odd, and with one line of an identifier all lines of it do. Shape of `settled`: n (place of the line, from 1), id,
-- content, print, state ('new', 'unchanged', 'conflict' or 'odd'), key (of new ones).
CREATE OR REPLACE TEMP TABLE settled AS
WITH printed AS (
    SELECT rowid - (SELECT min(rowid) FROM heads) + 1 AS n, id, content, print,
        odd OR count(*) OVER (PARTITION BY print) > 1 AS odd
    FROM heads),
numbered AS (
    SELECT * REPLACE (odd OR (id <> '' AND id IN (SELECT id FROM printed WHERE odd)) AS odd) FROM printed),
good AS (FROM numbered WHERE NOT odd),
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
keys AS (
    SELECT n, (SELECT coalesce(max(key), 0) FROM study.histories) + row_number() OVER (ORDER BY n) AS key
    FROM decided WHERE state = 'new')
SELECT n, coalesce(d.id, numbered.id) AS id, content, print, coalesce(state, 'odd') AS state, key
FROM numbered LEFT JOIN decided AS d USING (n) LEFT JOIN keys USING (n);
