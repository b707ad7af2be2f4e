-- How many turns the new histories have. Shape: one row (turns).
SELECT coalesce(sum(h.turns), 0)::BIGINT
FROM (SELECT turns, rowid - (SELECT min(rowid) FROM heads) + 1 AS n FROM heads) AS h JOIN settled AS s USING (n)
WHERE s.state = 'new';
