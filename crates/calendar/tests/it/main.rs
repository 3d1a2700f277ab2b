//! Tests of the calendar with the catalogue that ships.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

mod broken;
mod catalog;
mod ical;
mod occurrences;
mod people;
mod properties;
mod send;
mod support;
mod working;
