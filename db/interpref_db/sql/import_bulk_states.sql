-- How many lines of each state there are. Shape: (state, lines).
SELECT state, count(*) FROM settled GROUP BY state;
