-- People and judges that made labels. Shape: key, annotator, labels, comparisons, ties, skips, verdicts, runs.
SELECT annotator AS key, annotator, sum(labels)::BIGINT AS labels, sum(comparisons)::BIGINT AS comparisons,
    sum(ties)::BIGINT AS ties, sum(skips)::BIGINT AS skips, sum(verdicts)::BIGINT AS verdicts, sum(runs)::BIGINT AS runs
FROM (
    SELECT annotator, 0 AS labels, count(*) AS comparisons, count(*) FILTER (winner = 'tie') AS ties,
        count(*) FILTER (winner = 'skip') AS skips, 0 AS verdicts, 0 AS runs FROM comparisons GROUP BY annotator
    UNION ALL
    SELECT annotator, count(*), 0, 0, 0, 0, 0 FROM current_labels GROUP BY annotator
    UNION ALL
    SELECT judge, 0, 0, 0, 0, count(*), count(DISTINCT run) FROM current_verdicts GROUP BY judge)
GROUP BY annotator
