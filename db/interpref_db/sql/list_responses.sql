-- Responses. Shape: key, id, run, model, paradigm, item, side, text (shortened), characters, finish_reason.
SELECT p.id AS key, p.id, r.name AS run, r.model, r.paradigm, p.item, p.side, left(p.text, 400) AS text,
    length(p.text) AS characters, (p.provenance ->> '$.finish_reason') AS finish_reason
FROM responses AS p LEFT JOIN runs AS r ON r.id = p.run
