//! The admin listener: liveness, readiness, metrics and a plain page.
//!
//! It reads and never changes, listens on loopback by default, and shows calls by name alone: no
//! argument, no header and no body.

pub mod page;
mod service;

pub use self::service::{Admin, Served};
