-- What outsiders said of a checkpoint: tokens of time-stamp authorities and cosignatures of witnesses, byte for byte
-- as they came. They say nothing of any record; they are evidence and are never changed.
-- renews: the token that this one was made over, before its certificates end.
-- size: entries under the checkpoint; at: the outsider's own time; expires: end of the weakest certificate behind it.
CREATE TABLE attestations (
    id      BLOB    NOT NULL PRIMARY KEY,
    kind    TEXT    NOT NULL,
    source  BLOB    NOT NULL,
    size    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    expires INTEGER,
    renews  BLOB,
    note    TEXT    NOT NULL,
    body    BLOB    NOT NULL
) STRICT;
CREATE INDEX attestations_by_size ON attestations (size, id);
CREATE INDEX attestations_of_source ON attestations (source, size);
CREATE INDEX attestations_renewing ON attestations (renews) WHERE renews IS NOT NULL;
