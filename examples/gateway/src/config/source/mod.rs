//! Where manifests come from.

mod directory;
mod file;
mod fingerprint;
mod listing;

pub use directory::Directory;
pub use file::{File, Role, Source};
pub use fingerprint::Fingerprint;
