-- What is known of each line without its turns. Shape of `heads`: n (place of the line, from 1), id, turns, characters,
-- opening, content, odd (to be looked at one by one), state ('new', 'unchanged', 'conflict' once settled), key.
CREATE OR REPLACE TEMP TABLE heads AS
SELECT rowid + 1 AS n, coalesce(id, '') AS id, len(turns)::INTEGER AS turns,
    list_sum(list_transform(turns, lambda t: length(t.content)))::BIGINT AS characters,
    opening_of(list_transform(turns[1:4], lambda t: {
        'role': CASE WHEN t.role IN ('human', 'user') THEN 'user' ELSE t.role END, 'content': t.content})) AS opening,
    content_of(list_transform(turns, lambda t: {'role': role_of(t.role), 'content': t.content})) AS content,
    turns IS NULL OR len(turns) = 0 OR list_bool_or(list_transform(turns, lambda t:
        t.content IS NULL OR t.role IS NULL OR NOT list_contains(ROLE_NAMES, t.role) OR t.calls IS NOT NULL
        OR left(t.content, 2) IN ('[{', '["', '{"') OR contains(t.content, chr(65533)))) AS odd,
    NULL::VARCHAR AS state, NULL::BIGINT AS key
FROM raw;
