//! `kustomization.yaml` of kustomize: which files are manifests.
//!
//! # Behaviour
//! `resources` are files, or folders with a kustomization of their own; `namespace` is put into
//! every object that has one. Anything else that changes manifests is refused by its name.
//!
//! # Source
//! kustomize, "The Kustomization File", `resources` and `namespace`.

mod fields;
mod metadata;
mod path;
mod select;

#[cfg(test)]
mod tests;

pub(super) use self::{
    metadata::{set_common, set_namespace},
    path::is_kustomization,
    select::{Selected, select},
};
