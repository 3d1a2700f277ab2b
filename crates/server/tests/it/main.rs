//! The door, tested from outside: the real stack on a free port, on both databases.

mod console;
mod events;
mod files;
mod flow;
mod guards;
mod support;
mod sweep;
