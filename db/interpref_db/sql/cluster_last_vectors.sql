-- What the latest cut that stands was made with. Shape: one row (vectors) or none.
SELECT vectors FROM standing_clusterings WHERE event = 'made' ORDER BY time DESC, seq DESC, id DESC LIMIT 1
