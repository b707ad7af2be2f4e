-- Of the staged comparisons: identifiers that the study has as labels, identifiers that stand there again, and whether any is
-- to be numbered yet. Shape: one row (unchanged, repeated, unnumbered).
SELECT count(DISTINCT id) FILTER (id IN (SELECT id FROM study.labels WHERE task = 'compare')) AS unchanged,
    count(*) - count(DISTINCT id) AS repeated, coalesce(bool_or(starts_with(id, $mark)), false) AS unnumbered
FROM staged_comparisons
