//! Messages about work that waits, in the forms that mail and the robots of DingTalk, WeCom and Feishu take
//! (issue: registers and duties; B 5, H 12.3).
#![doc = include_str!("../README.md")]

pub mod hook;
pub mod letter;
pub mod place;

pub use hook::{Hook, Request, Way};
pub use letter::{Letter, Line};
