-- Take one key out of what the study says of itself, before it gets another value.
DELETE FROM study.meta WHERE key = $key;
