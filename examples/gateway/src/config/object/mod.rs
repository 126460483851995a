//! Typed objects with their places, and the store that they are looked up in.
//!
//! [`decode`] makes [`Object`]s of documents; [`Store`] holds them by kind, namespace and name,
//! with the namespaces that they imply.

mod decode;
pub(super) mod field;
mod generation;
mod identify;
pub(super) mod kinds;
mod place;
#[cfg(test)]
mod properties;
mod store;
#[cfg(test)]
mod tests;
mod typed;

pub use self::{
    decode::decode,
    generation::Generations,
    place::Place,
    store::Store,
    typed::{NotImplemented, Object, Spec},
};
