-- Records whose keys were destroyed, and when. A restore of any older state heeds the newest list that it finds: what was
-- destroyed stays destroyed. It says which, nothing else.
CREATE TABLE destroyed_keys (
    record BLOB    NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL
) STRICT;
