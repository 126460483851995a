//! What was found wrong with objects that are well formed.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::config::object::Object;
use crate::config::resource::Reference;

/// How much a diagnosis matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "`check` fails on the first alone")]
pub enum Severity {
    /// Something asked for does not happen.
    Error,
    /// It happens, and probably not as meant.
    Warning,
    /// Good to know.
    Note,
}

/// Where in the files a diagnosis points to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "file, line, column")]
pub struct SourcePlace {
    /// The file, relative to the directory.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// One finding about one object. It never holds the value of a Secret or of an inline key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// How much it matters.
    pub severity: Severity,
    /// The object.
    pub object: Reference,
    /// Where; `None` for an object that no file holds.
    pub place: Option<SourcePlace>,
    /// The field, as in `spec.rules[0].backendRefs[1]`; empty for the whole object.
    pub path: String,
    /// The type of the condition that says the same.
    pub condition: &'static str,
    /// The reason of that condition.
    pub reason: &'static str,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// A manifest that would put it right, as YAML.
    pub remedy: Option<String>,
}

/// `file:line:column, Kind namespace/name: path: message (reason)`.
impl std::fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}:{}:{}, ", place.file, place.line, place.column)?;
        }
        write!(f, "{}: ", self.object)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{} ({})", self.message, self.reason)
    }
}

/// A finding on its way to the object that it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) remedy: Option<String>,
}

impl Fault {
    pub(crate) fn new(
        path: impl Into<String>,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            reason,
            message: message.into(),
            remedy: None,
        }
    }

    pub(crate) fn remedy(mut self, remedy: Option<String>) -> Self {
        self.remedy = remedy;
        self
    }
}

/// The diagnoses found so far.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    found: Vec<Diagnosis>,
}

impl Notes {
    /// Takes down a fault of an object under a type of conditions.
    pub(crate) fn add(
        &mut self,
        severity: Severity,
        object: &Object,
        condition: &'static str,
        fault: &Fault,
    ) {
        let place = (object.place.document() > 0).then(|| {
            let at = object.place.at(&fault.path);
            SourcePlace {
                file: object.place.file().to_owned(),
                line: at.line,
                column: at.column,
            }
        });
        self.found.push(Diagnosis {
            severity,
            object: object.reference.clone(),
            place,
            path: fault.path.clone(),
            condition,
            reason: fault.reason,
            message: fault.message.clone(),
            remedy: fault.remedy.clone(),
        });
    }

    pub(crate) fn error(&mut self, object: &Object, condition: &'static str, fault: &Fault) {
        self.add(Severity::Error, object, condition, fault);
    }

    /// All diagnoses, those that matter most first, each once.
    pub(crate) fn finish(mut self) -> Vec<Diagnosis> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}

/// How many places of one fault are named.
const MAX_PLACES: usize = 5;

/// The messages of faults as one text, each once; one that comes several times has its places.
pub(crate) fn joined<'a>(faults: impl IntoIterator<Item = &'a Fault>) -> String {
    let mut texts: Vec<(&str, Vec<&str>)> = Vec::new();
    for fault in faults {
        let known = texts.iter_mut().find(|(text, _)| *text == fault.message);
        match known {
            Some((_, places)) if places.contains(&&*fault.path) => {}
            Some((_, places)) => places.push(&fault.path),
            None => texts.push((&fault.message, vec![&fault.path])),
        }
    }
    let texts: Vec<String> = texts.iter().map(|(text, at)| placed(text, at)).collect();
    texts.join("; ")
}

fn placed(text: &str, places: &[&str]) -> String {
    if places.len() < 2 {
        return text.to_owned();
    }
    let shown: Vec<&str> = places.iter().take(MAX_PLACES).copied().collect();
    let more = match places.len().saturating_sub(MAX_PLACES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{text} ({}{more})", shown.join(", "))
}

/// The messages of faults as one text, and behind it what would put them right.
pub(crate) fn explained(faults: &[Fault]) -> String {
    with_remedies(joined(faults), faults)
}

/// A text, and behind it, each once, the manifests that would put faults right. Status cuts what is
/// too long, so that it is these that are lost.
pub(crate) fn with_remedies<'a>(
    mut text: String,
    faults: impl IntoIterator<Item = &'a Fault>,
) -> String {
    let remedies = faults.into_iter().filter_map(|it| it.remedy.as_deref());
    let remedies: BTreeSet<&str> = remedies.collect();
    for (index, remedy) in remedies.into_iter().enumerate() {
        text.push_str(match index {
            0 => REMEDIES,
            _ => "---\n",
        });
        text.push_str(remedy);
    }
    text
}

/// What stands between the messages of faults and the manifests that would put them right.
const REMEDIES: &str = "; this would:\n";

/// The text of [`explained`] without the manifests, which is one line.
pub(crate) fn without_remedies(text: &str) -> &str {
    text.split_once(REMEDIES).map_or(text, |(text, _)| text)
}

/// Names the fields that an object gives and that are not implemented, if there are any: first those
/// that keep what they are for from being served.
pub(crate) fn not_implemented(object: &Object) -> Option<String> {
    let fields = |guards: bool| {
        let fields = object.unimplemented.iter();
        let fields = fields.filter(|field| field.guards == guards);
        let paths: Vec<&str> = fields.map(|field| field.path.as_str()).collect();
        paths.join(", ")
    };
    let (guards, idle) = (fields(true), fields(false));
    let mut found = Vec::new();
    if !guards.is_empty() {
        found.push(format!("{CLOSED}: {guards}"));
    }
    if !idle.is_empty() {
        found.push(format!("not implemented and without effect: {idle}"));
    }
    (!found.is_empty()).then(|| found.join("; "))
}

/// What a guard that is not implemented means.
const CLOSED: &str = "what it is for answers 500 until these fields, which guard access, are \
                      implemented or removed";

/// Takes down each field of an object that is not implemented.
pub(crate) fn note_not_implemented(notes: &mut Notes, object: &Object) {
    for field in &object.unimplemented {
        let (severity, message) = if field.guards {
            let message = "guards access and is not implemented: what it is for answers 500 until \
                           the field is implemented or removed";
            (Severity::Error, message)
        } else {
            let message = "is known but not implemented, and has no effect";
            (Severity::Warning, message)
        };
        let fault = Fault::new(field.path.as_str(), "NotImplemented", message);
        notes.add(severity, object, "Accepted", &fault);
    }
}
