//! YAML and JSON as a tree in which each value knows where it stood.

mod build;
mod node;
mod parse;
mod scalar;

pub use self::{
    node::{Entry, Node, Position, Value},
    parse::{Document, parse},
    scalar::resolve,
};
