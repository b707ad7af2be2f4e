-- For histories that contain a text in some turn: where, and the words around it. Shape: key, hit.
SELECT history AS key, arg_min(
        substr(content, greatest(1, strpos(lower(content), lower($hit)) - 24)::BIGINT, 200), position) AS hit
FROM turns WHERE history IN (SELECT unnest($wanted)) AND contains(lower(content), lower($hit)) GROUP BY history
