//! What a cluster needs to run a Gateway of a configuration: workload, Service, ServiceAccount and
//! the ConfigMap with the configuration itself.
//!
//! Each Gateway has pods of its own, which serve that one alone. Names are made to fit where an API
//! server would refuse them.
//!
//! Pure: objects in, objects out. The process reads its parameters from the configuration that is
//! mounted, so nothing is told twice; `preStop` is not needed, since the process itself serves on,
//! unready, before it drains.

mod fit;
mod merge;
mod names;
mod objects;
mod workload;

#[cfg(test)]
mod tests;

pub use self::{
    merge::merged,
    objects::{Asked, Deployed, deployment},
};
