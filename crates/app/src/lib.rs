//! Use cases: the one way through (command ▶ authorise ▶ decide ▶ commit ▶ publish), the read
//! model it feeds, sign-in, files, effects, the sequencer of the evidence ledger.
//!
//! This crate knows nothing of HTTP, SQL text, policy language or file formats: those are below or above it.

pub mod assessment;
pub mod attest;
pub mod audit;
pub mod authority;
pub mod backup;
pub mod campaign;
pub mod carriers;
pub mod case;
pub mod catalog;
pub mod chart;
pub mod checklist;
pub mod custody;
pub mod devices;
pub mod document;
pub mod due;
pub mod duties;
pub mod effects;
pub mod embed;
pub mod evidence;
pub mod exchange;
pub mod files;
pub mod follow;
pub mod holdings;
pub mod identity;
pub mod interfaces;
pub mod jobs;
pub mod keys;
pub mod law;
pub mod ledger;
pub mod live;
pub mod load;
pub mod marks;
pub mod messages;
pub mod node;
pub mod notify;
pub mod overview;
pub mod pipeline;
mod preservation;
pub mod records;
pub mod refusal;
pub mod sample;
pub mod search;
pub mod settings;
pub mod setup;
pub mod shelf;
pub mod simulate;
pub mod stuck;
pub mod training;
pub mod verify;
pub mod viewing;
pub mod views;
pub mod work;
pub mod world;
