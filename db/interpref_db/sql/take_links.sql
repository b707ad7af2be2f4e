-- Fresh lines of type "link" into incoming.links.
INSERT INTO incoming.links BY NAME
SELECT r.* EXCLUDE (confidential), coalesce(r.confidential, false) AS confidential, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","kind":"VARCHAR","thing":"VARCHAR","source_kind":"VARCHAR","source":"VARCHAR",
        "role":"VARCHAR","place":"INTEGER","turns":["INTEGER"],"confidential":"BOOLEAN",
        "building":"VARCHAR","making":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'link');
