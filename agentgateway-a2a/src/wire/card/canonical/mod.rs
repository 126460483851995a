//! The one spelling of a card that its signatures are made over.

mod number;
mod schema;
#[cfg(test)]
mod tests;
mod write;

pub use self::write::{Form, canonical, canonical_in};
