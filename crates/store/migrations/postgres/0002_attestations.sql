-- What outsiders said of a checkpoint: tokens of time-stamp authorities and cosignatures of witnesses, byte for byte
-- as they came. They say nothing of any record; they are evidence and are never changed.
-- renews: the token that this one was made over, before its certificates end.
-- size: entries under the checkpoint; at: the outsider's own time; expires: end of the weakest certificate behind it.
CREATE TABLE attestations (
    id      BYTEA   NOT NULL PRIMARY KEY,
    kind    TEXT    NOT NULL,
    source  BYTEA   NOT NULL,
    size    BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    expires BIGINT,
    renews  BYTEA,
    note    TEXT    NOT NULL,
    body    BYTEA   NOT NULL
);
CREATE INDEX attestations_by_size ON attestations (size, id);
CREATE INDEX attestations_of_source ON attestations (source, size);
CREATE INDEX attestations_renewing ON attestations (renews) WHERE renews IS NOT NULL;
