//! The status page: HTML without scripts and without anything from elsewhere.
//!
//! Names on it come from clients and manifests, so everything that is not written here is escaped.

mod escape;
mod facts;
mod shown;
mod traffic;
mod tree;
mod view;

#[cfg(test)]
mod tests;

pub use self::view::{Facts, Objects, Tracing};

/// The style sheet, served beside the page.
pub(super) const STYLE: &str = include_str!("style.css");
