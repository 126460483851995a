//! What is legal, and does not do what its author may think.

mod depends;
mod finding;
mod health;

#[cfg(test)]
mod tests;

pub use self::finding::{Lint, Place, Severity};
pub(super) use self::{depends::dependencies, health::health_checks};
