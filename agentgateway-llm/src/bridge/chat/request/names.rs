//! Names that OpenAI takes.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use super::super::super::form::{Request, Tool};

/// The longest name of a function.
const MAX_CHARS: usize = 64;

/// Names of tools that are written otherwise: the client's, and the one that is written.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, String>);

// === impl Names ===

impl Names {
    pub(super) fn of(request: &Request) -> Self {
        let tools = &request.tools;
        let is_odd = |tool: &&Tool| matches!(fitting(&tool.name), Cow::Owned(_));
        let mut names = HashMap::new();
        let mut taken: std::collections::HashSet<String> = tools
            .iter()
            .filter(|tool| !is_odd(tool))
            .map(|tool| tool.name.clone())
            .collect();
        for (at, tool) in tools.iter().enumerate() {
            if !is_odd(&tool) || names.contains_key(&tool.name) {
                continue;
            }
            let mut written = fitting(&tool.name).into_owned();
            if taken.contains(&written) {
                // The place in the list is the tool's own.
                let end = format!("_{at}");
                written.truncate(MAX_CHARS - end.len().min(MAX_CHARS));
                written += &end;
            }
            taken.insert(written.clone());
            names.insert(tool.name.clone(), written);
        }
        Self(names)
    }

    /// The name to write.
    pub(super) fn theirs<'a>(&'a self, ours: &'a str) -> Cow<'a, str> {
        match self.0.get(ours) {
            Some(theirs) => Cow::Borrowed(theirs),
            None => fitting(ours),
        }
    }

    /// For reading the answer: the name that was written, and the client's.
    pub(super) fn into_context(self) -> Option<Arc<[(String, String)]>> {
        let pairs = self.0.into_iter().map(|(ours, theirs)| (theirs, ours));
        let pairs: Vec<_> = pairs.collect();
        (!pairs.is_empty()).then(|| pairs.into())
    }
}

/// A name with other characters than it may have, or too many, mended.
///
/// # Source
/// OpenAI API, `FunctionObject`, `ResponseFormatJsonSchema`: `name`.
pub(super) fn fitting(name: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.len() <= MAX_CHARS && name.chars().all(fits) {
        return Cow::Borrowed(name);
    }
    let mended: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .take(MAX_CHARS)
        .collect();
    Cow::Owned(if mended.is_empty() {
        "_".to_owned()
    } else {
        mended
    })
}
