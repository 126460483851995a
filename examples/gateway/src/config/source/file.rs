//! One text that was read, and the trait of what reads it.

use std::fmt;

use crate::config::Report;

/// Reads manifests from somewhere.
pub trait Source {
    /// Reads all files, sorted by name, so that two reads of the same content are equal.
    ///
    /// # Errors
    /// Every file that could not be read, with its cause.
    fn read(&self) -> Result<Vec<File>, Report>;
}

/// The text of one file with manifests.
///
/// Its `Debug` shows the length in place of the text, which may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    name: String,
    text: String,
}

impl File {
    /// A file with this name, relative to its directory and with `/` between folders, and text.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }

    /// The name, as problems show it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .field("text_bytes", &self.text.len())
            .finish()
    }
}

/// Files that are already in memory: sorted by name, nothing else.
impl Source for [File] {
    fn read(&self) -> Result<Vec<File>, Report> {
        let mut files = self.to_vec();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }
}
