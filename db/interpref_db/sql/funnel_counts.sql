-- How much there is of each thing on the way from conversations to items. Shape: one row. `histories` came from files: `raw`
-- ones are people's own, `carrying` ones were written to carry a preference; conversations are the preferences that have one;
-- `waiting` queries nobody has decided about. 'None' as a preference stands for no preference.
SELECT
    (SELECT count(*) FROM histories WHERE coalesce(source, '') <> 'build') AS histories,
    (SELECT count(*) FROM histories WHERE coalesce(source, '') <> 'build' AND (extra ->> '$.preference') <> 'None') AS carrying,
    (SELECT count(*) FROM histories WHERE coalesce(source, '') <> 'build' AND (extra ->> '$.preference') IS NULL) AS raw,
    (SELECT count(*) FROM chunks) AS chunks,
    (SELECT count(*) FROM chunks WHERE ignored IS NOT NULL) AS ignored,
    (SELECT count(*) FROM preferences WHERE id NOT IN (
        SELECT thing FROM links WHERE kind = 'preference' AND role = 'counterpart')) AS preferences,
    (SELECT count(DISTINCT thing) FROM links WHERE kind = 'preference' AND role = 'counterpart'
        AND thing IN (SELECT id FROM preferences)) AS counterparts,
    (SELECT count(*) FROM preferences WHERE category IS NOT NULL) AS categorised,
    (SELECT count(*) FROM preferences) AS all_preferences,
    (SELECT count(*) FROM clusters) AS clusters,
    (SELECT count(*) FROM clusters WHERE size > 1) AS several,
    (SELECT coalesce(sum(size), 0)::BIGINT FROM clusters) AS clustered,
    (SELECT count(*) FROM pairs) AS pairs,
    (SELECT count(*) FROM queries) AS queries,
    (SELECT count(*) FROM judged_queries WHERE accepted) AS accepted,
    (SELECT count(*) FROM judged_queries WHERE NOT accepted AND accepts = 0 AND refuses = 0) AS waiting,
    (SELECT count(DISTINCT extra ->> '$.preference') FROM histories
        WHERE (extra ->> '$.preference') <> 'None' AND coalesce(extra ->> '$.role', '') <> 'item') AS conversations,
    (SELECT count(*) FROM items) AS items
