-- A wrapped key says in its first five bytes which key it hangs on (protection, epoch): to count what hangs on an epoch, and to find
-- what must be wrapped anew when it ends.
CREATE INDEX records_by_epoch ON records ((substr(key, 1, 5)));
