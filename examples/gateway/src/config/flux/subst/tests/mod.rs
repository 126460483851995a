//! Texts, trees, and both against each other.

mod text;
mod tree;
