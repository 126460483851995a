//! What each kind may hold: its JSON Schema, made of the types that it is read into, and the
//! validation of documents against it.

mod condition;
#[cfg(test)]
mod crds;
mod publish;
mod reference;
mod shape;
#[cfg(test)]
mod tests;
mod validate;
mod words;

pub use self::{publish::json_schema, reference::reference};
pub(super) use self::{
    shape::{Others, Shape, Type, shape_of},
    validate::validate,
};
