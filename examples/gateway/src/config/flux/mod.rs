//! What kustomize and Flux make of manifests before a cluster sees them.
//!
//! A directory is taken as a Flux repository has it: a `kustomization.yaml` that lists its
//! manifests, and a Flux `Kustomization` that substitutes variables in them.
//! [`assemble_documents`] does all of it; the other functions are its parts.

mod applied;
mod assemble;
mod gather;
mod kustomization;
mod lint;
mod object;
mod options;
mod render;
mod style;
mod subst;

#[cfg(test)]
mod tests;

pub(super) use self::assemble::is_plain;
pub use self::{
    assemble::{Assembled, assemble_documents},
    lint::{Lint, Place, Severity},
    options::SourceOptions,
    render::render,
    subst::{
        SubstituteError, SubstituteErrorKind, Substitution, Variables, substitute,
        substitute_documents,
    },
};
