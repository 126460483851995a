//! The admin listener: liveness, readiness, metrics and a plain page.
//!
//! It reads and never changes, listens on loopback by default, and shows calls by name alone: no
//! argument, no header and no body.

mod asked;
pub mod page;
mod service;
mod shown;

pub use self::service::{Admin, Served};
