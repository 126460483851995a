//! The whole pipeline in one call.

use super::compile::{Compiled, Options};
use super::flux::{Lint, SourceOptions};
use super::object::{Generations, Store};
use super::redact::Hidden;
use super::yaml::Document;
use super::{Contents, Decoded, Report, Source};

/// What the pipeline is told beside the files.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LoadOptions {
    /// How files become documents.
    pub source: SourceOptions,
    /// How objects become a snapshot.
    pub compile: Options,
    /// The generations of the last load.
    pub generations: Generations,
}

/// What a source holds.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The documents, substituted.
    pub documents: Vec<Document>,
    /// What is legal and does not do what it seems to.
    pub lints: Vec<Lint>,
    /// The objects.
    pub store: Store,
    /// What is served, and what is known of each object.
    pub compiled: Compiled,
    /// What is never shown of them.
    pub hidden: Hidden,
}

/// Reads a source and compiles what it holds.
///
/// # Errors
/// Every problem of form, in the order of files and places: with one of them nothing is served.
/// Faults of sense refuse nothing; they are in [`Compiled::facts`], and those of what could be read
/// beside problems of form in [`Report::diagnoses`].
pub fn load(source: &(impl Source + ?Sized), options: &LoadOptions) -> Result<Loaded, Report> {
    let contents = Contents {
        files: source.read()?,
        ..Contents::default()
    };
    Decoded::new(contents, options).load(&options.compile)
}

impl Decoded {
    /// What the source holds, compiled.
    pub(crate) fn load(self, options: &Options) -> Result<Loaded, Report> {
        if !self.problems.is_empty() {
            return Err(self.report(options));
        }
        let compiled = self.compile(options);
        Ok(Loaded {
            documents: self.documents,
            lints: self.lints,
            store: self.store,
            compiled,
            hidden: self.hidden,
        })
    }
}
