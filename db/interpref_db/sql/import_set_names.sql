-- Give histories the identifiers that `named` (key, id) has for them.
UPDATE staged_histories SET id = named.id FROM named WHERE staged_histories.key = named.key;

DROP TABLE named;
