-- What several statements say the same way. `turns` is a list of structs with role and content.

-- MD5 number of the turns: roles and contents in order, with separators that a role cannot hold.
CREATE OR REPLACE MACRO content_of(turns) AS
    md5_number(array_to_string(list_transform(turns, lambda t: concat(t.role, chr(30), t.content)), chr(31)));

-- The first words of the first turn of the user (or of the first turn at all), as lists show them: one line, short.
CREATE OR REPLACE MACRO opening_of(turns) AS
    regexp_replace(left(coalesce(list_filter(turns, lambda t: t.role = 'user')[1].content, turns[1].content, ''), 300),
        '\s+', ' ', 'g');

-- The role that a speaker's name stands for; the same table as ROLES of the importers.
CREATE OR REPLACE MACRO role_of(speaker) AS CASE
    WHEN speaker IN ('human', 'user') THEN 'user'
    WHEN speaker IN ('system', 'developer') THEN 'system'
    WHEN speaker IN ('observation', 'function', 'tool') THEN 'tool'
    ELSE 'assistant' END;
