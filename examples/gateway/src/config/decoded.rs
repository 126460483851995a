//! What can be read of a source, whether it can be served or not.

use std::collections::BTreeSet;

use super::compile::{Compiled, Diagnosis, Grant, Options, compile};
use super::flux::{Lint, assemble_documents, is_plain};
use super::object::{Store, decode};
use super::redact::Hidden;
use super::sense::Unread;
use super::yaml::{Document, parse};
use super::{Contents, File, LoadOptions, Problem, Report};

/// The objects that could be read, and all faults of form.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) files: Vec<File>,
    pub(crate) documents: Vec<Document>,
    pub(crate) lints: Vec<Lint>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) store: Store,
    /// What is never shown of them.
    pub(crate) hidden: Hidden,
    /// What is there of files that cannot be read as a whole.
    parts: Vec<(String, String)>,
    /// Whether all files are known by name.
    listed: bool,
    /// Whether it is known which documents are manifests, and with which values: no more is wrong
    /// than single files and documents.
    clear: bool,
}

impl Decoded {
    pub(crate) fn new(contents: Contents, options: &LoadOptions) -> Self {
        let Contents {
            files,
            problems,
            parts,
        } = contents;
        let names: BTreeSet<&str> = files.iter().map(File::name).collect();
        let listed = problems.iter().all(|it| names.contains(it.file.as_str()));
        let assembled = assemble_documents(&files, &options.source);
        let clear = listed && is_clear(&files, &problems, &assembled.problems);
        let mut problems = problems;
        problems.extend(assembled.problems);
        let (objects, mut found) = decode(&assembled.documents);
        assembled.substituted.settle(&mut found);
        problems.extend(found);
        let (store, found) = Store::new(objects, &options.generations);
        problems.extend(found);
        let hidden = assembled.hidden;
        problems
            .iter_mut()
            .for_each(|problem| problem.scrub(&hidden));
        Self {
            files,
            documents: assembled.documents,
            lints: assembled.lints,
            problems,
            store,
            hidden,
            parts,
            listed,
            clear,
        }
    }

    /// What is served, and what is known; nothing that is told shows what is hidden.
    pub(crate) fn compile(&self, options: &Options) -> Compiled {
        let mut compiled = compile(&self.store, options);
        compiled.facts.scrub(&self.hidden);
        compiled
    }

    /// The faults of form, with those of sense beside them.
    pub(crate) fn report(&self, options: &Options) -> Report {
        let mut report = Report::new(self.problems.clone());
        report.diagnoses = self.sense(options);
        report
    }

    /// Faults of sense of what could be read, without those that may be there because of a fault of
    /// form.
    pub(crate) fn sense(&self, options: &Options) -> Vec<Diagnosis> {
        if !self.clear {
            return Vec::new();
        }
        let unread = Unread::new(&self.files, &self.parts, &self.problems);
        let mut found = self.compile(options).facts.diagnoses;
        found.retain(|diagnosis| !unread.may_cause(diagnosis));
        found
    }

    /// The ReferenceGrants that are there, and those of what runs that may be: of a file that could
    /// not be read to its end. `None` when nothing is certain.
    pub(crate) fn grants(&self, running: &Store) -> Option<Vec<Grant>> {
        if !self.listed {
            return None;
        }
        let names: BTreeSet<&str> = self.files.iter().map(File::name).collect();
        let faulty: BTreeSet<&str> = self.problems.iter().map(|it| it.file.as_str()).collect();
        let may_be = running.grants().filter(|(object, _)| {
            let file = object.place.file();
            names.contains(file) && (!self.clear || faulty.contains(file))
        });
        let all = self.store.grants().chain(may_be);
        Some(all.map(Grant::of).collect())
    }
}

/// Whether what is wrong with the assembly is the YAML of single plain manifests.
fn is_clear(files: &[File], unread: &[Problem], found: &[Problem]) -> bool {
    let faulty: BTreeSet<&str> = unread
        .iter()
        .chain(found)
        .map(|it| it.file.as_str())
        .collect();
    let of_form: Vec<Problem> = files
        .iter()
        .filter(|file| faulty.contains(file.name()) && is_plain(file))
        .flat_map(|file| parse(file).1)
        .collect();
    let plain = |problem: &Problem| {
        let mut files = files.iter();
        files.any(|file| file.name() == problem.file && is_plain(file))
    };
    unread.iter().all(plain) && found.iter().all(|problem| of_form.contains(problem))
}
