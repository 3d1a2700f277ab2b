-- The foundation. Nothing here says anything: payloads are ciphertext, unique fields are blind
-- indexes, sessions are known by the hash of their token. Instants are microseconds (UTC).
-- No foreign keys between these tables: what refers to what is itself sealed, and a record may
-- be named by an event that refused to make it.
CREATE TABLE records (
    id      BLOB    NOT NULL PRIMARY KEY,
    kind    TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    grade   INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    key     BLOB    NOT NULL,
    sealed  BLOB    NOT NULL
) STRICT;

CREATE TABLE events (
    position INTEGER NOT NULL PRIMARY KEY,
    id       BLOB    NOT NULL,
    record   BLOB,
    kind     TEXT    NOT NULL,
    act      TEXT    NOT NULL,
    actor    BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    entry    BLOB    NOT NULL,
    sealed   BLOB    NOT NULL
) STRICT;
CREATE INDEX events_of_record ON events (record, position) WHERE record IS NOT NULL;

CREATE TABLE ledger_head (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    next INTEGER NOT NULL
) STRICT;
INSERT INTO ledger_head (one, next) VALUES (1, 0);

-- Apart from the head, so that signing a checkpoint never waits for a writer.
CREATE TABLE ledger_checkpoint (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL,
    note TEXT
) STRICT;
INSERT INTO ledger_checkpoint (one, size, note) VALUES (1, 0, NULL);

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE numbers (
    series TEXT    NOT NULL PRIMARY KEY,
    last   INTEGER NOT NULL
) STRICT;

CREATE TABLE unique_values (
    scope  TEXT NOT NULL,
    blind  BLOB NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (scope, blind)
) STRICT, WITHOUT ROWID;
CREATE INDEX unique_values_of_record ON unique_values (record, scope);

CREATE TABLE remembered (
    actor    BLOB    NOT NULL,
    key_hash BLOB    NOT NULL,
    digest   BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    sealed   BLOB    NOT NULL,
    PRIMARY KEY (actor, key_hash)
) STRICT;
CREATE INDEX remembered_at ON remembered (at);

CREATE TABLE sessions (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    account    BLOB    NOT NULL,
    created    INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    expires    INTEGER NOT NULL,
    sealed     BLOB    NOT NULL
) STRICT;
CREATE INDEX sessions_of_account ON sessions (account);
CREATE INDEX sessions_expire ON sessions (expires);

-- due: when it may be taken next; while a holder works on it, the end of the holder's lease.
CREATE TABLE jobs (
    id       BLOB    NOT NULL PRIMARY KEY,
    kind     TEXT    NOT NULL,
    run_at   INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    holder   BLOB,
    error    TEXT,
    sealed   BLOB    NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (due, id);

CREATE TABLE leases (
    name       TEXT    NOT NULL PRIMARY KEY,
    holder     BLOB    NOT NULL,
    held_until INTEGER NOT NULL
) STRICT;
