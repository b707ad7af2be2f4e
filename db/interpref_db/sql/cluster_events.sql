-- Every decision about clusters. Shape: the columns of clusterings.
FROM clusterings ORDER BY seq, md5(id)
