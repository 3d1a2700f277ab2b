-- Numbers of signed requests that were used, so that none is good twice, on whatever node and after whatever restart. A row is
-- a keyed digest of token and number; it goes once the request would be too old anyway.
CREATE TABLE nonces (
    digest BYTEA   NOT NULL PRIMARY KEY,
    token  BYTEA   NOT NULL,
    until  BIGINT  NOT NULL
);
CREATE INDEX nonces_by_end ON nonces (until);
