-- The foundation. Nothing here says anything: payloads are ciphertext, unique fields are blind
-- indexes, sessions are known by the hash of their token. Instants are microseconds (UTC).
-- No foreign keys between these tables: what refers to what is itself sealed, and a record may
-- be named by an event that refused to make it.
CREATE TABLE records (
    id      BYTEA    NOT NULL PRIMARY KEY,
    kind    TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    grade   BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    key     BYTEA    NOT NULL,
    sealed  BYTEA    NOT NULL
);

CREATE TABLE events (
    position BIGINT NOT NULL PRIMARY KEY,
    id       BYTEA    NOT NULL,
    record   BYTEA,
    kind     TEXT    NOT NULL,
    act      TEXT    NOT NULL,
    actor    BYTEA    NOT NULL,
    at       BIGINT NOT NULL,
    entry    BYTEA    NOT NULL,
    sealed   BYTEA    NOT NULL
);
CREATE INDEX events_of_record ON events (record, position) WHERE record IS NOT NULL;

CREATE TABLE ledger_head (
    one  BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    next BIGINT NOT NULL
);
INSERT INTO ledger_head (one, next) VALUES (1, 0);

-- Apart from the head, so that signing a checkpoint never waits for a writer.
CREATE TABLE ledger_checkpoint (
    one  BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    size BIGINT NOT NULL,
    note TEXT
);
INSERT INTO ledger_checkpoint (one, size, note) VALUES (1, 0, NULL);

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE numbers (
    series TEXT    NOT NULL PRIMARY KEY,
    last   BIGINT NOT NULL
);

CREATE TABLE unique_values (
    scope  TEXT NOT NULL,
    blind  BYTEA NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (scope, blind)
);
CREATE INDEX unique_values_of_record ON unique_values (record, scope);

CREATE TABLE remembered (
    actor    BYTEA    NOT NULL,
    key_hash BYTEA    NOT NULL,
    digest   BYTEA    NOT NULL,
    at       BIGINT NOT NULL,
    sealed   BYTEA    NOT NULL,
    PRIMARY KEY (actor, key_hash)
);
CREATE INDEX remembered_at ON remembered (at);

CREATE TABLE sessions (
    token_hash BYTEA    NOT NULL PRIMARY KEY,
    account    BYTEA    NOT NULL,
    created    BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    sealed     BYTEA    NOT NULL
);
CREATE INDEX sessions_of_account ON sessions (account);
CREATE INDEX sessions_expire ON sessions (expires);

-- due: when it may be taken next; while a holder works on it, the end of the holder's lease.
CREATE TABLE jobs (
    id       BYTEA    NOT NULL PRIMARY KEY,
    kind     TEXT    NOT NULL,
    run_at   BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    holder   BYTEA,
    error    TEXT,
    sealed   BYTEA    NOT NULL
);
CREATE INDEX jobs_due ON jobs (due, id);

CREATE TABLE leases (
    name       TEXT    NOT NULL PRIMARY KEY,
    holder     BYTEA    NOT NULL,
    held_until BIGINT NOT NULL
);

-- Ciphertext does not compress: spare the server the attempt.
ALTER TABLE records ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE events ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE remembered ALTER COLUMN sealed SET STORAGE EXTERNAL;
