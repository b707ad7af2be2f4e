-- What came back instead of an answer that can be used: the beginning of it, as it came.
ALTER TABLE errors ADD COLUMN answer VARCHAR;
