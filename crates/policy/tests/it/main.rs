//! The policies of this release against the sentences of the guides, against properties that
//! must hold whatever is asked, and the refusal of faulty files.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so")]

mod guides;
mod lists;
mod loading;
mod people;
mod properties;
