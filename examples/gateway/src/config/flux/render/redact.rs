//! Documents that may be shown.

use crate::config::flux::object::kind;
use crate::config::yaml::{Document, Node, Value};

/// What stands in place of a secret value.
const REDACTED: &str = "<redacted>";

/// The annotation in which `kubectl apply` keeps the whole object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The documents with `<redacted>` in place of every value of a Secret.
#[must_use]
pub fn redacted(documents: &[Document]) -> Vec<Document> {
    let mut documents = documents.to_vec();
    for document in documents
        .iter_mut()
        .filter(|document| kind(&document.root) == "Secret")
    {
        for field in ["data", "stringData"] {
            if let Some(data) = member(&mut document.root, field) {
                hide_all(data);
            }
        }
        let annotations = member(&mut document.root, "metadata")
            .and_then(|metadata| member(metadata, "annotations"));
        if let Some(kept) = annotations.and_then(|annotations| member(annotations, LAST_APPLIED)) {
            hide(kept);
        }
    }
    documents
}

fn member<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    let Value::Object(entries) = &mut node.value else {
        return None;
    };
    let entry = entries.iter_mut().find(|entry| entry.name == name);
    entry.map(|entry| &mut entry.node)
}

/// Hides the members of an object, or what should be one and is not.
fn hide_all(data: &mut Node) {
    match &mut data.value {
        Value::Object(entries) => entries.iter_mut().for_each(|entry| hide(&mut entry.node)),
        Value::Null => {}
        _ => hide(data),
    }
}

fn hide(node: &mut Node) {
    node.value = Value::String(REDACTED.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::File;
    use crate::config::flux::render;
    use crate::config::yaml::parse;

    /// Fault C11: a rendered Secret shows the names of its keys and `<redacted>` for each value, unless the values are asked for.
    #[test]
    fn hides_the_values_of_secrets_alone() {
        let text = "kind: Secret\nmetadata:\n  annotations:\n    \
                    kubectl.kubernetes.io/last-applied-configuration: '{hush}'\ndata: {a: aHVzaA==}\n\
                    stringData: {b: hush, c: {d: hush}}\n---\nkind: ConfigMap\ndata: {a: open}\n---\n\
                    kind: Secret\ndata: hush\n";
        let (documents, _) = parse(&File::new("f.yaml", text));
        let shown = render(&redacted(&documents));
        assert!(
            !shown.contains("hush") && !shown.contains("aHVz"),
            "{shown}"
        );
        assert!(
            shown.contains("a: open") && shown.contains("b: <redacted>"),
            "{shown}"
        );
        assert!(render(&documents).contains("b: hush"));
    }
}
