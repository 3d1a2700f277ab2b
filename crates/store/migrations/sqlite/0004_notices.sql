-- Which messages about waiting work have gone out, so that none goes out twice, whatever dies when. Nothing here says
-- anything: key and thread are keyed digests of person, record and what is asked; the message itself is made when it is sent.
-- state: 0 waits, 1 is being handed over, 2 handed over.
CREATE TABLE notices (
    key    BLOB    NOT NULL PRIMARY KEY,
    thread BLOB    NOT NULL,
    at     INTEGER NOT NULL,
    state  INTEGER NOT NULL
) STRICT;
