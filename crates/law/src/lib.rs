//! Terms that would not hold: what a record says, held against rules of law that are data (`catalog/laws`).
//!
//! Each rule names its law with the time in which that was in force, and how sure the source is; a matter is judged by the law of
//! its own day (法释〔2020〕7号 27, 28). An enterprise changes or adds rules without a release. This is no legal advice: a finding says
//! which clause to read and what to write instead.

mod judge;
mod rules;

pub use judge::{Case, Finding, Others};
pub use rules::{Law, Laws, Mistake, Rule, Sure, Weight};
