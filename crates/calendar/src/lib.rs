//! Working days, the duties of a confidentiality office, who answers for them, iCalendar, and when messages go out
//! (B 5, 7, 10; H 5.3, 12.3).
#![doc = include_str!("../README.md")]

pub mod civil;
pub mod due;
pub mod duty;
pub mod holidays;
pub mod ical;
pub mod people;
pub mod read;
pub mod rules;
pub mod send;
pub mod working;

pub use due::{Facts, Happening, Member, Occurrence, arising, arrears, due};
pub use duty::{Duty, Event, Evidence, Rhythm, ScopeRule, Severity, Who};
pub use holidays::{Holidays, OwnDays};
pub use people::{Absence, Delegation, Directory, Responsible, check_delegation, responsible};
pub use read::{Diagnostic, Source};
pub use rules::{Known, Need, Rules};
pub use working::{Calendar, Certainty, Term};
