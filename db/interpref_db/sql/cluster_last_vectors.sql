-- What the latest cut that stands was made with. Shape: one row (vectors) or none.
SELECT vectors FROM standing_clusterings WHERE event = 'made' ORDER BY seq DESC, md5(id) DESC LIMIT 1
