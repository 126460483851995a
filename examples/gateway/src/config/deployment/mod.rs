//! What a cluster needs to run a Gateway of a configuration: workload, Service, ServiceAccount and
//! the ConfigMap with the configuration itself.
//!
//! Pure: objects in, objects out. The process reads its parameters from the configuration that is
//! mounted, so nothing is told twice; `preStop` is not needed, since the process itself serves on,
//! unready, before it drains.

mod merge;
mod names;
mod objects;
mod workload;

#[cfg(test)]
mod tests;

pub use self::{merge::merged, objects::deployment};
