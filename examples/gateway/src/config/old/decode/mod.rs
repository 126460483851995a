//! From texts to decoded manifests: strict, and with every problem collected.
//!
//! The fields are read by hand through a `Node`, which knows its path, and not by derived
//! deserialisation, which stops at the first fault and cannot tell a misspelled field from one that
//! exists but is not served yet.

mod backend;
mod checks;
mod core;
mod document;
mod file;
mod gateway;
mod node;
mod provider;
mod route;

pub use file::decode;
pub use gateway::CONTROLLER_NAME;
pub(super) use provider::{DEFAULT_KEY, credential};
