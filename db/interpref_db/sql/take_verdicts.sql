-- Fresh lines of type "verdict" into incoming.verdicts.
INSERT INTO incoming.verdicts BY NAME
SELECT r.* EXCLUDE ("order", "row", stage, seq), r."order" AS order_number, r."row" AS source_row,
    coalesce(r.stage, 'verdict') AS stage, coalesce(r.seq, 1) AS seq, (r.provenance->>'$.call') AS call, origin, line
FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","run":"VARCHAR","item":"VARCHAR","judge":"VARCHAR",
        "order":"TINYINT","choice":"VARCHAR","reasoning":"VARCHAR","case_label":"VARCHAR","raw":"VARCHAR",
        "parsed_by":"VARCHAR","stage":"VARCHAR","seq":"INTEGER","row":"INTEGER","note":"VARCHAR","judging":"VARCHAR",
        "provenance":"JSON"}') AS r
    FROM fresh WHERE type = 'verdict');
