//! What kustomize and Flux make of manifests before a cluster sees them.
//!
//! A directory is taken as a Flux repository has it: a `kustomization.yaml` that lists its
//! manifests, and a Flux `Kustomization` that substitutes variables in them.

mod object;
mod render;
mod style;
mod subst;

#[cfg(test)]
mod tests;

pub use self::{
    render::{redacted, render},
    subst::{SubstituteError, SubstituteErrorKind, Variables, substitute, substitute_documents},
};
