-- Splits are numbered, so that no clock decides which one is the latest. 0: made before they were.
ALTER TABLE splits ADD COLUMN seq BIGINT;
UPDATE splits SET seq = 0;
