//! Where manifests come from.

mod directory;
mod file;
mod fingerprint;
mod listing;

pub use directory::Directory;
pub use file::{Contents, File, Role, Source};
pub use fingerprint::Fingerprint;
pub(crate) use listing::is_manifest;
