-- The cluster of each preference that is in one with others. Shape: (preference, cluster).
SELECT preference, "cluster" FROM preference_clusters
