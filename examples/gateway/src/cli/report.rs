//! Findings in words: the place, the line with a caret, what is wrong, what would be right.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::excerpt::excerpt;
use super::finding::{Finding, Severity};
use super::paint::Colour;
use crate::config::File;

/// Writes findings for people; of files, those lines alone that hold no secret.
#[derive(Debug)]
pub(super) struct Report<'a> {
    texts: BTreeMap<&'a str, &'a str>,
    colours: bool,
}

impl<'a> Report<'a> {
    pub(super) fn new(files: &'a [File], colours: bool) -> Self {
        let texts = files.iter().map(|file| (file.name(), file.text()));
        Self {
            texts: texts.collect(),
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
        let text = self.texts.get(finding.file.as_str());
        let excerpt =
            text.and_then(|text| excerpt(text, finding.line, finding.column, self.colours));
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
