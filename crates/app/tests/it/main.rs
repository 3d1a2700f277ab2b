//! Scenario tests of the use cases, on real nodes and both databases.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod attest;
mod backups_kept;
mod case;
mod devices;
mod documents;
mod duties;
mod exchange_appendix;
mod exchange_rules;
mod exchange_trip;
mod flow_backups;
mod flow_campaign;
mod flow_carriers;
mod flow_custody;
mod flow_destruction;
mod flow_jobs;
mod flow_marks;
mod flow_passkeys;
mod flow_people;
mod flow_printing;
mod flow_reading;
mod flow_secret;
mod flow_sight;
mod flow_training;
mod flow_viewing;
mod keys;
mod nodes;
mod notify;
mod overlay;
mod papers;
mod registers;
#[path = "../../../docs/tests/support/scanner.rs"]
#[expect(dead_code, reason = "the tests of the reader need more of it")]
mod scanner;
mod scans;
mod sealed;
mod signin;
#[path = "../../../pkcs11/tests/support/softhsm.rs"]
mod softhsm;
mod support;
mod through;
mod token;
