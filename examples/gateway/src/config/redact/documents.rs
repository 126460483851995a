//! Documents that may be shown.

use super::Hidden;
use super::texts::REDACTED;
use super::visit::{Trust, visit};
use crate::config::yaml::{Document, Node, Value};

/// The documents with `<redacted>` in the place of everything that is secret, and of every value that
/// a hidden text has become part of.
#[must_use]
pub fn redacted(documents: &[Document], hidden: &Hidden) -> Vec<Document> {
    let mut documents = documents.to_vec();
    for document in &mut documents {
        visit(&mut document.root, Trust::Valid, &mut hide);
        touched(&mut document.root, hidden, &mut hide);
    }
    documents
}

/// Whether a document holds anything that is not shown.
#[must_use]
pub fn holds_secrets(document: &Document, hidden: &Hidden) -> bool {
    let (mut root, mut holds) = (document.root.clone(), false);
    let mut found = |_: &mut Node| holds = true;
    visit(&mut root, Trust::Valid, &mut found);
    touched(&mut root, hidden, &mut found);
    holds
}

fn hide(node: &mut Node) {
    node.value = Value::String(REDACTED.to_owned());
}

/// Calls `found` with every scalar that holds a hidden text.
fn touched(node: &mut Node, hidden: &Hidden, found: &mut dyn FnMut(&mut Node)) {
    if hidden.is_empty() {
        return;
    }
    let text = match &mut node.value {
        Value::List(items) => {
            items
                .iter_mut()
                .for_each(|item| touched(item, hidden, found));
            return;
        }
        Value::Object(entries) => {
            for entry in entries {
                touched(&mut entry.node, hidden, found);
            }
            return;
        }
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) => return,
    };
    if hidden.touches(&text) {
        found(node);
    }
}
