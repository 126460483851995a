//! The fixtures that tests of this room share.

use std::path::{Path, PathBuf};

/// A file or folder of the shared fixtures; `None`, said aloud, where they are absent.
pub(super) fn fixture(name: &str) -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = folders
        .map(|folder| folder.join("shared/data/gateway-api").join(name))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: ../shared/data/gateway-api/{name} is absent");
    }
    found
}
