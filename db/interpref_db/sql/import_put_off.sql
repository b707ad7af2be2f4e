-- How many histories have no content number yet. Shape: one row (histories).
SELECT count(*) FROM study.histories WHERE content = 0;
