-- Histories in which some turn contains the text, in any case. Shape: (key).
SELECT DISTINCT history AS key FROM turns WHERE contains(lower(content), lower($search))
