//! A directory taken through the whole pipeline, without a socket.

use std::path::Path;
use std::time::SystemTime;

use super::finding::{Finding, Severity};
use super::manifests::Given;
use super::paint::Colour;
use super::report::Report;
use crate::config::{
    Decoded, File,
    compile::{self, Compiled, Facts},
    flux::{self, Lint},
    object::Store,
    redact::Hidden,
    status::{Bound, StatusSet, Timestamp, status},
    yaml::Document,
};
use crate::overview::{Overview, overview};

/// What a directory holds, and all that is to be said of it.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) files: Vec<File>,
    pub(super) documents: Vec<Document>,
    /// What is never shown of them.
    pub(super) hidden: Hidden,
    pub(super) findings: Vec<Finding>,
    /// None where the form of the manifests is wrong: then nothing of them is served.
    pub(super) configuration: Option<Configuration>,
}

/// A configuration that can be served.
#[derive(Debug)]
pub(super) struct Configuration {
    pub(super) store: Store,
    pub(super) compiled: Compiled,
}

impl Loaded {
    /// # Errors
    /// There is no such directory or file.
    pub(super) fn read(root: &Path, given: &Given) -> anyhow::Result<Self> {
        given.must_exist(root)?;
        let options = given.load_options();
        let decoded = Decoded::new(given.directory(root).contents(), &options);
        let mut findings: Vec<Finding> = decoded.lints.iter().map(Finding::from).collect();
        findings.extend(decoded.problems.iter().map(Finding::from));
        let configuration = if decoded.problems.is_empty() {
            let compiled = decoded.compile(&options.compile);
            findings.extend(compiled.facts.diagnoses().iter().map(Finding::from));
            let missing = options.compile.missing(&compiled.facts);
            findings.extend(missing.into_iter().map(Finding::misasked));
            let store = decoded.store;
            Some(Configuration { store, compiled })
        } else {
            let beside = decoded.sense(&options.compile);
            findings.extend(beside.iter().map(Finding::from));
            None
        };
        // The names of objects are part of what is told.
        for finding in &mut findings {
            finding.object = decoded.hidden.scrub(&finding.object);
        }
        Ok(Self {
            files: decoded.files,
            documents: decoded.documents,
            hidden: decoded.hidden,
            findings: sorted(findings),
            configuration,
        })
    }

    /// The configuration, or all that is wrong with its form.
    pub(super) fn configuration(&self) -> Result<&Configuration, String> {
        self.configuration.as_ref().ok_or_else(|| {
            let errors: Vec<Finding> = self
                .findings
                .iter()
                .filter(|one| one.severity == Severity::Error)
                .cloned()
                .collect();
            self.report(&errors, false)
        })
    }

    /// The findings in words, with the lines that they stand in.
    pub(super) fn report(&self, findings: &[Finding], colours: bool) -> String {
        Report::new(&self.files, colours).write(findings)
    }

    pub(super) fn count(&self, severity: Severity) -> usize {
        let all = self.findings.iter();
        all.filter(|finding| finding.severity == severity).count()
    }
}

impl Configuration {
    pub(super) fn facts(&self) -> &Facts {
        &self.compiled.facts
    }

    /// The status of all objects while no socket is bound.
    pub(super) fn status(&self) -> StatusSet {
        let now = Timestamp::from(SystemTime::now());
        status(self.facts(), &Bound::default(), None, &now)
    }

    pub(super) fn overview(&self) -> Overview {
        overview(&self.store, self.facts(), &self.status())
    }
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| a.order().cmp(&b.order()));
    findings.dedup();
    findings
}

/// A finding of what is legal and does not do what it seems to.
impl From<&Lint> for Finding {
    fn from(lint: &Lint) -> Self {
        let place = &lint.place;
        Self {
            file: place.file.clone(),
            line: place.line,
            column: place.column,
            severity: match lint.severity {
                flux::Severity::Error => Severity::Error,
                flux::Severity::Note => Severity::Note,
                _ => Severity::Warning,
            },
            object: place.object.clone(),
            path: place.path.clone(),
            message: lint.message.clone(),
            condition: None,
            reason: None,
            hint: None,
            remedy: lint.remedy.clone(),
        }
    }
}

/// A fault of sense: it becomes a condition, and the rest is served.
impl From<&compile::Diagnosis> for Finding {
    fn from(diagnosis: &compile::Diagnosis) -> Self {
        let place = diagnosis.place.as_ref();
        Self {
            file: place.map(|place| place.file.clone()).unwrap_or_default(),
            line: place.map_or(0, |place| place.line),
            column: place.map_or(0, |place| place.column),
            severity: match diagnosis.severity {
                compile::Severity::Error => Severity::Error,
                compile::Severity::Warning => Severity::Warning,
                compile::Severity::Note => Severity::Note,
            },
            object: diagnosis.object.to_string(),
            path: diagnosis.path.clone(),
            message: diagnosis.message.clone(),
            condition: Some(diagnosis.condition.to_owned()),
            reason: Some(diagnosis.reason.to_owned()),
            hint: None,
            remedy: diagnosis.remedy.clone(),
        }
    }
}

/// How well something is, in its colour.
pub(super) fn painter(colours: bool) -> impl Fn(crate::overview::Health, &str) -> String {
    use crate::overview::Health;
    move |health, word| {
        let colour = match health {
            Health::Fine => Colour::Good,
            Health::Waiting => Colour::Doubtful,
            Health::Failing => Colour::Bad,
        };
        colour.paint(word, colours).to_string()
    }
}
