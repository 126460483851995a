//! Findings in words: the place, the line with a caret, what is wrong, what would be right.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::excerpt::excerpt;
use super::finding::{Finding, Severity};
use super::paint::Colour;
use crate::config::{File, redact::Lines};

/// Writes findings for people; of files, those lines alone that hold no secret.
#[derive(Debug)]
pub(super) struct Report<'a> {
    files: BTreeMap<&'a str, (&'a File, OnceCell<Lines>)>,
    colours: bool,
}

impl<'a> Report<'a> {
    pub(super) fn new(files: &'a [File], colours: bool) -> Self {
        let files = files.iter();
        let files = files.map(|file| (file.name(), (file, OnceCell::new())));
        Self {
            files: files.collect(),
            colours,
        }
    }

    pub(super) fn write(&self, findings: &[Finding]) -> String {
        let mut out = String::new();
        for finding in findings {
            self.one(&mut out, finding);
            out.push('\n');
        }
        out
    }

    fn one(&self, out: &mut String, finding: &Finding) {
        let colour = match finding.severity {
            Severity::Error => Colour::Bad,
            Severity::Warning => Colour::Doubtful,
            Severity::Note => Colour::Faint,
        };
        let mut words = Vec::new();
        if !finding.object.is_empty() {
            words.push(finding.object.clone());
        }
        if !finding.path.is_empty() {
            words.push(finding.path.clone());
        }
        words.push(finding.message.clone());
        let mut head = words.join(": ");
        if let Some(reason) = &finding.reason {
            let _ = write!(head, " ({reason})");
        }
        let place = place(finding);
        if !place.is_empty() {
            let _ = write!(out, "{}: ", Colour::Strong.paint(place, self.colours));
        }
        let severity = colour.paint(finding.severity.as_str(), self.colours);
        let _ = writeln!(out, "{severity}: {head}");
        let file = self.files.get(finding.file.as_str());
        let excerpt = file.and_then(|(file, secrets)| {
            let secrets = secrets.get_or_init(|| Lines::of(file));
            let (line, column) = (finding.line, finding.column);
            excerpt(file.text(), secrets, line, column, self.colours)
        });
        if let Some(excerpt) = excerpt {
            let _ = writeln!(out, "{excerpt}");
        }
        for hint in finding.hint.iter() {
            let _ = writeln!(out, "  = {hint}");
        }
        for line in finding.remedy.iter().flat_map(|remedy| remedy.lines()) {
            let _ = writeln!(out, "  {line}");
        }
    }
}

fn place(finding: &Finding) -> String {
    match finding.line {
        0 => finding.file.clone(),
        line => format!("{}:{line}:{}", finding.file, finding.column),
    }
}
