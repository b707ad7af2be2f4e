-- Decisions about clusters of preferences and about categories, as events that are never changed. Which cluster, name,
-- representative and category counts is what the views `clusters` and `preference_categories` say.

-- `event` is made, joined, merged, split (`groups` says where preferences belong from now on), named, representative,
-- category, undo (of the event `undoes`) or redo (of the undo `undoes`). `decided_by` is a person, or 'program'.
CREATE TABLE clusterings (
    id VARCHAR NOT NULL, event VARCHAR NOT NULL, seq BIGINT NOT NULL, time VARCHAR NOT NULL, decided_by VARCHAR NOT NULL,
    groups STRUCT("cluster" VARCHAR, members VARCHAR[], representative VARCHAR)[], "cluster" VARCHAR, name VARCHAR,
    representative VARCHAR,
    categories STRUCT(preference VARCHAR, category VARCHAR, subcategory VARCHAR, confidence DOUBLE)[], undoes VARCHAR,
    threshold DOUBLE, vectors VARCHAR, program VARCHAR
);
