//! One text that was read, and the trait of what reads it.

use std::fmt;

use super::Fingerprint;
use crate::config::{Problem, Report};

/// Reads manifests from somewhere.
pub trait Source {
    /// Reads all files, sorted by name, so that two reads of the same content are equal.
    ///
    /// The files belong together: none is of an older state than another.
    ///
    /// # Errors
    /// Every file that could not be read, with its cause.
    fn read(&self) -> Result<Vec<File>, Report>;

    /// What tells this content from other content, so that a watcher sees a change.
    ///
    /// # Errors
    /// As for [`Self::read`].
    fn fingerprint(&self) -> Result<Fingerprint, Report> {
        self.read().map(|files| Fingerprint::of(&files))
    }
}

/// Files of one state, and what of them cannot be read.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "what was read, and what was not")]
pub struct Contents {
    /// The files, sorted by name. Of one that cannot be read the name alone is known.
    pub files: Vec<File>,
    /// What cannot be read, and why.
    pub problems: Vec<Problem>,
    /// What is there of files that cannot be read as a whole, as far as it is text.
    pub parts: Vec<(String, String)>,
}

impl Contents {
    /// The files, where all of them could be read.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn whole(self) -> Result<Vec<File>, Report> {
        if self.problems.is_empty() {
            Ok(self.files)
        } else {
            Err(Report::new(self.problems))
        }
    }

    /// What tells it from any other.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let files = Fingerprint::of(&self.files);
        let told = self.problems.iter().map(ToString::to_string);
        let told: Vec<String> = told.collect();
        if told.is_empty() {
            files.to_string()
        } else {
            format!("{files}-{}", Fingerprint::of_hash(&told))
        }
    }
}

/// What a file is read for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It may hold manifests, and a kustomization decides whether it does.
    #[default]
    Manifest,
    /// It holds ConfigMaps and Secrets with variables, or variables themselves; none is served.
    Variables,
    /// It holds Flux's own objects; none is served.
    Flux,
}

/// The text of one file with manifests.
///
/// Its `Debug` shows the length in place of the text, which may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    name: String,
    text: String,
    role: Role,
}

impl File {
    /// A file of manifests with this name, relative to its directory and with `/` between
    /// folders, and text.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            role: Role::Manifest,
        }
    }

    /// The same file, read for something else.
    #[must_use]
    pub fn with_role(mut self, role: Role) -> Self {
        self.role = role;
        self
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

    /// What it is read for.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .field("text_bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// Files that are already in memory: sorted by name, nothing else.
impl Source for [File] {
    fn read(&self) -> Result<Vec<File>, Report> {
        let mut files = self.to_vec();
        files.sort_by(|a, b| (a.role, &a.name).cmp(&(b.role, &b.name)));
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault C11: keys in messages and `Debug` outputs: never.
    #[test]
    fn debug_of_a_file_shows_no_text() {
        let shown = format!("{:?}", File::new("a.yaml", "token: abc"));
        assert_eq!(shown, r#"File { name: "a.yaml", text_bytes: 10, .. }"#);
    }
}
