//! Documents as YAML text, as kustomize and Flux write them.

mod emit;
mod redact;

pub use self::{emit::render, redact::redacted};
