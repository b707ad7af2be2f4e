-- Subjects that a building is done with. Shape: subject, part.
SELECT subject, part FROM makings WHERE building = $building
