//! What each kind may hold: its JSON Schema, made of the types that it is read into, and the
//! validation of documents against it.

mod shape;
mod validate;
mod words;

pub(super) use self::{shape::shape_of, validate::validate};
