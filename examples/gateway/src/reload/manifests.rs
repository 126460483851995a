use std::path::PathBuf;

use super::{Candidate, Digest, Load, Read, Refused};
use crate::{
    assemble::{self, Parts},
    config::{self, Directory, File, Fingerprint, Source, yaml},
};

/// Manifests in a directory.
#[derive(Debug)]
pub struct Manifests {
    root: PathBuf,
    directory: Directory,
    parts: Parts,
    only: Vec<String>,
}

impl Manifests {
    /// Reads this directory; its stacks are made of these parts.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, parts: Parts) -> Self {
        let root = root.into();
        Self {
            directory: Directory::new(&root),
            root,
            parts,
            only: Vec::new(),
        }
    }

    /// Serves only the listeners of these names. Default: all.
    #[must_use]
    pub fn only(mut self, names: &[String]) -> Self {
        self.only = names.to_vec();
        self
    }
}

impl Load for Manifests {
    type Text = Vec<File>;

    fn read(&mut self) -> Read<Vec<File>> {
        match self.directory.read() {
            Ok(files) => Read {
                fingerprint: Fingerprint::of(&files).to_string(),
                text: Ok(files),
            },
            Err(report) => {
                let refused = Refused::from(report);
                Read {
                    fingerprint: format!("unreadable: {:?}", Digest::of(&refused.problems)),
                    text: Err(refused),
                }
            }
        }
    }

    fn validate(&mut self, files: Vec<File>) -> Result<Candidate, Refused> {
        let snapshot = config::load(&files[..])?;
        let plan = assemble::snapshot(&snapshot, &self.parts);
        let plan = plan.map_err(|error| Refused::new(error.to_string()))?;
        let mut candidate = Candidate::new(plan.only(&self.only).map_err(Refused::new)?);
        for file in &files {
            let (documents, _) = yaml::parse(file);
            let documents = documents.iter().map(|document| document.root.to_json());
            candidate.documents.extend(documents);
        }
        Ok(candidate)
    }

    fn paths(&self) -> Vec<PathBuf> {
        vec![self.root.clone()]
    }
}
