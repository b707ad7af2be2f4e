-- What the newest verification found in each conversation. Shape: preference, text, made (JSON), model.
SELECT m.subject AS preference, p.text, m.made::VARCHAR AS made, b.model
FROM makings AS m JOIN preferences AS p ON p.id = m.subject
JOIN (SELECT id, model FROM buildings WHERE stage = 'verify' ORDER BY generation DESC, id DESC LIMIT 1) AS b ON b.id = m.building
WHERE m.made IS NOT NULL ORDER BY m.subject
