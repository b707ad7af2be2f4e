-- Which items are for training and which for the test; the latest counts. `share` is what the test should have of the items.
CREATE TABLE splits (
    id VARCHAR NOT NULL, seed BIGINT NOT NULL, share DOUBLE NOT NULL, time VARCHAR NOT NULL, train VARCHAR[],
    test VARCHAR[], program VARCHAR
);
