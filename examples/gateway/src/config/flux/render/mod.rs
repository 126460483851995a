//! Documents as YAML text, as kustomize and Flux write them.

mod emit;

pub use self::emit::render;
