-- What several statements say the same way. `turns` is a list of structs with role and content.

-- MD5 number of the turns: of their roles and the MD5 of each content, in order. No two lists of turns have the same text
-- here, and no content is copied.
CREATE OR REPLACE MACRO content_of(turns) AS
    md5_number(array_to_string(list_transform(turns, lambda t: concat(t.role, md5(t.content))), ' '));

-- A text on one line. Most have nothing to change, and asking is cheaper than replacing.
CREATE OR REPLACE MACRO one_line(words) AS
    CASE WHEN regexp_matches(words, '\s\s|[^\S ]') THEN regexp_replace(words, '\s+', ' ', 'g') ELSE words END;

-- The first words of the first turn of the user (or of the first turn at all), as lists show them: one line, short.
CREATE OR REPLACE MACRO opening_of(turns) AS
    one_line(left(coalesce(list_filter(turns, lambda t: t.role = 'user')[1].content, turns[1].content, ''), 300));
