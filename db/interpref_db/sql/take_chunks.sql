-- Fresh lines of type "chunk" into incoming.chunks.
INSERT INTO incoming.chunks BY NAME
SELECT r.*, origin, line FROM (
    SELECT origin, line, from_json(json, '{"id":"VARCHAR","history":"VARCHAR","number":"INTEGER","first_turn":"INTEGER",
        "last_turn":"INTEGER","queries":"INTEGER","topic":"VARCHAR","ignored":"VARCHAR",
        "building":"VARCHAR"}') AS r
    FROM fresh WHERE type = 'chunk');
