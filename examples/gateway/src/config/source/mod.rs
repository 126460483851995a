//! Where manifests come from.

mod directory;
mod file;

pub use directory::Directory;
pub use file::{File, Source};
