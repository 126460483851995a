//! The admin listener: liveness, readiness, metrics and a plain page.
//!
//! It reads and never changes, listens on loopback by default, and shows calls by name alone: no
//! argument, no header and no body.
//!
//! What it shows of the configuration is made once for each state of it and shared by all answers; who
//! asks often, or does not read, costs no more. It is served on a thread of its own.

mod asked;
mod kept;
pub mod page;
mod pieces;
mod service;
mod shown;

pub use self::service::{Admin, Served};
