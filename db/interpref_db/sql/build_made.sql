-- What a building took from its subjects and has not been made into things yet. Shape: id, subject, part, made, confidential.
SELECT id, subject, part, made::VARCHAR AS made, confidential FROM study.makings
WHERE building = $building AND made IS NOT NULL
    AND id NOT IN (SELECT making FROM study.links WHERE building = $building AND making IS NOT NULL)
ORDER BY id
