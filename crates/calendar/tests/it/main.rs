//! Tests of the calendar with the catalogue that ships.

mod broken;
mod catalog;
mod ical;
mod occurrences;
mod people;
mod properties;
mod send;
mod support;
mod working;
