//! From trees to text.

use crate::config::flux::style::{Style, block_header};
use crate::config::yaml::{Document, Entry, Node, Value};

/// The documents as YAML: in their order, the fields of each object sorted, `---` between.
///
/// Read again, the text gives the same trees. Secrets are written as they are; see
/// [`redacted`](crate::config::redact::redacted).
///
/// # Source
/// The style is that of `kustomize build`: blocks, lists not indented below their field, quotes
/// where the YAML library of Kubernetes sets them.
#[must_use]
pub fn render(documents: &[Document]) -> String {
    let mut output = String::new();
    for (index, document) in documents.iter().enumerate() {
        if index > 0 {
            output.push_str("---\n");
        }
        match &document.root.value {
            Value::Object(members) if !members.is_empty() => entries(members, 0, &mut output),
            Value::List(items) if !items.is_empty() => list(items, 0, &mut output),
            _ => line(&document.root, 0, &mut output),
        }
    }
    output
}

/// Members of an object; the first stands where the text is.
fn entries(members: &[Entry], indent: usize, output: &mut String) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for (index, entry) in sorted.into_iter().enumerate() {
        if index > 0 {
            spaces(indent, output);
        }
        Style::of(&entry.name, true).write(&entry.name, output);
        output.push(':');
        match &entry.node.value {
            Value::Object(members) if !members.is_empty() => {
                output.push('\n');
                spaces(indent + 2, output);
                entries(members, indent + 2, output);
            }
            Value::List(items) if !items.is_empty() => {
                output.push('\n');
                spaces(indent, output);
                list(items, indent, output);
            }
            _ => {
                output.push(' ');
                line(&entry.node, indent, output);
            }
        }
    }
}

/// Items of a list; the first stands where the text is.
fn list(items: &[Node], indent: usize, output: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            spaces(indent, output);
        }
        output.push_str("- ");
        match &item.value {
            Value::Object(members) if !members.is_empty() => entries(members, indent + 2, output),
            Value::List(items) if !items.is_empty() => list(items, indent + 2, output),
            _ => line(item, indent, output),
        }
    }
}

/// A value without members, to the end of its line or block.
fn line(value: &Node, indent: usize, output: &mut String) {
    scalar(value, indent, output);
    output.push('\n');
}

/// A value without members; a block's lines are indented below `indent`.
fn scalar(value: &Node, indent: usize, output: &mut String) {
    match &value.value {
        Value::Null => output.push_str("null"),
        Value::Bool(value) => output.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => output.push_str(&value.to_string()),
        Value::List(_) => output.push_str("[]"),
        Value::Object(_) => output.push_str("{}"),
        Value::String(text) => match Style::of(text, false) {
            Style::Literal => block(text, indent, output),
            style => style.write(text, output),
        },
    }
}

/// A block; the line feed of its last line is left to who writes the value.
fn block(text: &str, indent: usize, output: &mut String) {
    output.push_str(&block_header(text));
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        output.push('\n');
        if !line.is_empty() {
            spaces(indent + 2, output);
            output.push_str(line);
        }
    }
}

fn spaces(count: usize, output: &mut String) {
    output.extend(std::iter::repeat_n(' ', count));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::File;
    use crate::config::yaml::{Position, parse};

    fn round(text: &str) -> String {
        let (documents, problems) = parse(&File::new("f.yaml", text));
        assert_eq!(problems, []);
        render(&documents)
    }

    #[test]
    fn writes_blocks_sorted_as_kustomize_does() {
        let text = "kind: A\napiVersion: v1\nspec: {b: [{d: 1, c: x}, [w, []]], a: {}}\n---\nb: |\n  \
                    x\n   y\nq: \"1\"\nm:\n";
        let expected = "apiVersion: v1\nkind: A\nspec:\n  a: {}\n  b:\n  - c: x\n    d: 1\n  - - w\n    \
                        - []\n---\nb: |\n  x\n   y\nm: null\nq: \"1\"\n";
        assert_eq!(round(text), expected);
        assert_eq!(round(expected), expected);
    }

    fn tree() -> impl Strategy<Value = serde_json::Value> {
        let text = prop_oneof![
            "\\PC{0,12}",
            "[ \\n\\t:#\\-'\"\\[\\]{}&*!|>%@`a\\\\,?.0]{0,12}",
            prop::sample::select(vec![
                "true",
                "1",
                "1.0",
                "~",
                "2026-01-01",
                "<<",
                "0x1",
                "---"
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ];
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            text.prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec(("[a-z:# \\-'\"\\n{é]{0,6}", inner), 0..5)
                    .prop_map(|entries| entries.into_iter().collect()),
            ]
        })
    }

    fn node_of(json: &serde_json::Value) -> Node {
        let at = Position::default();
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(value) => Value::Number(value.clone()),
            serde_json::Value::String(value) => Value::String(value.clone()),
            serde_json::Value::Array(items) => Value::List(items.iter().map(node_of).collect()),
            serde_json::Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(name, value)| Entry {
                        name: name.clone(),
                        at,
                        node: node_of(value),
                    })
                    .collect(),
            ),
        };
        Node { value, at }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(json in tree()) {
            let root = serde_json::json!({ "root": json });
            let text = render(&[Document::new("f", 1, node_of(&root))]);
            let (documents, problems) = parse(&File::new("f.yaml", text.clone()));
            prop_assert_eq!(problems, [], "{}", text);
            prop_assert_eq!(documents[0].root.to_json(), root, "{}", text);
        }
    }
}
