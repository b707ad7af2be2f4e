-- What is known of each line without its turns, in the order of the lines: a line that is no record gives a row of NULLs.
-- Shape of `heads`: id, user_id, language, title, extra, print (tells lines apart, in this import only), turns, characters,
-- opening, content, odd (to be looked at one by one: also what may be nested deeply). SOURCE_OF_LINES, TURNS_FIELD, EXTRA_FIELDS, ROLE_OF and
-- CONTENT_OF_TURNS are filled in by the importer.
CREATE OR REPLACE TEMP TABLE heads AS
SELECT coalesce(id, '') AS id, user_id, language, title, extra, hash(id, said) AS print, len(turns)::INTEGER AS turns,
    list_sum(list_transform(turns, lambda t: length(t.content)))::BIGINT AS characters, opening_of(turns) AS opening,
    CONTENT_OF_TURNS AS content,
    said IS NULL OR len(said) = 0 OR maybe_no_text(user_id) OR maybe_no_text(language) OR maybe_no_text(title)
        OR (maybe_no_text(id) AND NOT regexp_full_match(id, '-?\d+'))
        OR coalesce(regexp_matches(extra, 'NaN|Infinity|\d[eE][+]?\d{3}'), false)
        OR coalesce(strlen(translate(extra::VARCHAR, '[{', '')) + 200 < strlen(extra::VARCHAR), false)
        OR list_bool_or(list_transform(said, lambda t: t.tool_calls IS NOT NULL OR t.function_call IS NOT NULL))
        OR list_bool_or(list_transform(turns, lambda t:
            t.role IS NULL OR t.content IS NULL OR maybe_no_text(t.content))) AS odd
FROM (
    SELECT id, "user" AS user_id, language, title, EXTRA_FIELDS AS extra, TURNS_FIELD AS said,
        list_transform(TURNS_FIELD, lambda t: {
            'role': ROLE_OF, 'content': coalesce(t."value", t.content)}) AS turns
    FROM SOURCE_OF_LINES);
