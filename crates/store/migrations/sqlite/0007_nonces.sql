-- Numbers of signed requests that were used, so that none is good twice, on whatever node and after whatever restart. A row is
-- a keyed digest of token and number; it goes once the request would be too old anyway.
CREATE TABLE nonces (
    digest BLOB    NOT NULL PRIMARY KEY,
    token  BLOB    NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_end ON nonces (until);
