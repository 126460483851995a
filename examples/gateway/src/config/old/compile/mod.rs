//! From the store to a snapshot: who refers to whom, and who comes first.

mod attach;
mod backends;
mod listeners;
mod routes;
mod snapshot;

pub use snapshot::compile;
