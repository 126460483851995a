//! What is decided about what passes: no wire, and no layer.

pub mod card;
