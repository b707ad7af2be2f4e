"""Clusters of a study's preferences: read, decided about (each decision safe in a journal at once), and found anew."""
