-- Fresh lines of type "pair" into incoming.pairs.
INSERT INTO incoming.pairs BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","a":"VARCHAR","b":"VARCHAR","topic":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'pair');
