//! Which parts of a file's lines hold secrets.

use std::collections::BTreeMap;

use super::visit::{Trust, visit};
use crate::config::File;
use crate::config::yaml::{Node, Position, Value, parse};

/// Where secrets begin in the lines of a file.
///
/// Of a file that is no YAML nothing is known: there, what stands behind the name of a field may be a
/// secret everywhere.
#[derive(Debug)]
pub(crate) enum Lines {
    /// By line, from 1: the column from which on nothing is shown.
    Known(BTreeMap<usize, usize>),
    Unknown,
}

impl Lines {
    pub(crate) fn of(file: &File) -> Self {
        let (mut documents, problems) = parse(file);
        if !problems.is_empty() {
            return Self::Unknown;
        }
        let (mut starts, mut secrets) = (Vec::new(), Vec::new());
        for document in &mut documents {
            positions(&document.root, &mut starts);
            visit(&mut document.root, Trust::Doubtful, &mut |node| {
                secrets.push(node.at);
            });
        }
        starts.sort();
        let mut hidden = BTreeMap::new();
        for begin in secrets {
            // To the next value or name: a comment between them may tell the secret, too.
            let next = starts.partition_point(|start| *start <= begin);
            let end = starts.get(next).copied();
            let last = end.map_or(usize::MAX, |end| end.line);
            for line in begin.line..=last.min(file.text().lines().count()) {
                let column = if line == begin.line { begin.column } else { 1 };
                // The line of what comes next begins with it, or with the rest of this.
                let own = line == begin.line || end.is_none_or(|end| line < end.line);
                if own || rest_before(file, end) {
                    let known = hidden.entry(line).or_insert(column);
                    *known = column.min(*known);
                }
            }
        }
        Self::Known(hidden)
    }

    /// The column of a line from which on nothing is shown.
    pub(crate) fn hidden_from(&self, line: usize, text: &str) -> Option<usize> {
        match self {
            Self::Known(hidden) => hidden.get(&line).copied(),
            Self::Unknown => Some(match text.find(": ") {
                Some(at) => text.get(..at).map_or(0, |name| name.chars().count()) + 3,
                None if text.trim_end().ends_with(':') => return None,
                None => text.chars().take_while(|char| char.is_whitespace()).count() + 1,
            }),
        }
    }
}

/// Whether something other than space and the marks of lists stands before a place in its line.
fn rest_before(file: &File, at: Option<Position>) -> bool {
    let Some(at) = at else { return true };
    let line = file.text().lines().nth(at.line.saturating_sub(1));
    let before = line
        .unwrap_or_default()
        .chars()
        .take(at.column.saturating_sub(1));
    before
        .into_iter()
        .any(|char| !char.is_whitespace() && char != '-')
}

fn positions(node: &Node, found: &mut Vec<Position>) {
    found.push(node.at);
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| positions(item, found)),
        Value::Object(entries) => {
            for entry in entries {
                found.push(entry.at);
                positions(&entry.node, found);
            }
        }
        _ => {}
    }
}
