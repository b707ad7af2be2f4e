-- Histories between two keys in which some turn contains the text, in any case. Shape: (key).
SELECT DISTINCT history AS key FROM turns
WHERE history BETWEEN $from_key AND $to_key AND contains(lower(content), lower($search))
