-- How much a building refused, and how many calls of it failed and have not been made good. Shape: one row (refused, failed).
SELECT (SELECT coalesce(sum(json_array_length(refused)), 0)::BIGINT FROM makings WHERE building = $building) AS refused,
    (SELECT count(DISTINCT item) FROM errors WHERE run = $building AND item NOT IN (
        SELECT CASE WHEN part IS NULL THEN subject ELSE subject || '#' || part END FROM makings WHERE building = $building))
    AS failed
