-- Notes about the system itself are looked up for evidence packages: how clock, disk and ledger stood at a time.
CREATE INDEX events_of_system ON events (position) WHERE record IS NULL;
