//! The whole pipeline in one call.

use super::compile::{Compiled, Options, compile};
use super::flux::{Lint, SourceOptions, assemble_documents};
use super::object::{Generations, Store, decode};
use super::yaml::Document;
use super::{Report, Source};

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
}

/// Reads a source and compiles what it holds.
///
/// # Errors
/// Every problem of form, in the order of files and places: with one of them nothing is served.
/// Faults of sense refuse nothing; they are in [`Compiled::facts`].
pub fn load(source: &(impl Source + ?Sized), options: &LoadOptions) -> Result<Loaded, Report> {
    let files = source.read()?;
    let (documents, lints, mut problems) = assemble_documents(&files, &options.source);
    let (objects, found) = decode(&documents);
    problems.extend(found);
    let (store, found) = Store::new(objects, &options.generations);
    problems.extend(found);
    if !problems.is_empty() {
        return Err(Report::new(problems));
    }
    let compiled = compile(&store, &options.compile);
    Ok(Loaded {
        documents,
        lints,
        store,
        compiled,
    })
}
