-- Fresh lines of type "error" into incoming.errors.
INSERT INTO incoming.errors BY NAME
SELECT r.* EXCLUDE ("order"), r."order" AS order_number, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","run":"VARCHAR","item":"VARCHAR","error":"VARCHAR",
        "message":"VARCHAR","side":"VARCHAR","order":"TINYINT","judging":"VARCHAR","attempts":"INTEGER",
        "status":"INTEGER","time":"VARCHAR","answer":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'error');
