//! Small bodies, read before their requests go on.

mod future;
mod layer;
mod service;
#[cfg(test)]
mod tests;

pub use self::{future::HoldFuture, layer::HoldLayer, service::Hold};
