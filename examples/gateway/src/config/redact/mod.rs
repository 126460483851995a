//! What is never shown: values that a schema marks as secret, values of header edits, and what
//! variables that come from Secrets put into manifests.
//!
//! | who shows | what |
//! |---|---|
//! | `render`, `/config` | [`redacted`] documents |
//! | `render --deployment` | no object that [`holds_secrets`] |
//! | excerpts of files | `Lines` up to where a secret begins |
//! | faults and conditions | texts through [`Hidden::scrub`] |
//!
//! Of kinds that are not read nothing is known: of these, names alone are shown.

mod documents;
mod lines;
#[cfg(test)]
mod tests;
mod texts;
mod visit;

pub(crate) use self::lines::Lines;
pub use self::{
    documents::{holds_secrets, redacted},
    texts::Hidden,
};
