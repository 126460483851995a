//! Trees against what Flux does: render all, substitute in the text, read it again.

use proptest::prelude::*;

use super::super::apply::substitute_within;
use super::super::{Variables, substitute, substitute_documents};
use crate::config::File;
use crate::config::flux::render;
use crate::config::yaml::{Document, Entry, Node, Position, Value, parse};

fn string(text: &str) -> Node {
    node(Value::String(text.to_owned()))
}

fn node(value: Value) -> Node {
    let at = Position::default();
    Node { value, at }
}

fn object(entries: Vec<(String, Node)>) -> Node {
    let at = Position::default();
    let entries = entries
        .into_iter()
        .map(|(name, node)| Entry { name, at, node });
    node(Value::Object(entries.collect()))
}

#[test]
fn problems_and_the_work_of_all_documents_are_bounded() {
    let unset = vec![string("${none}"); 3_000];
    let document = Document::new("f.yaml", 1, node(Value::List(unset)));
    let (_, came) = substitute_documents(vec![document], &Variables::new(), true);
    let problems = came.problems;
    assert_eq!(problems.len(), 1_000);
    let mut variables = Variables::new();
    assert!(variables.set("v", &"x".repeat(1_000)));
    let large = vec![string("a\n${v}"); 20];
    let document = Document::new("f.yaml", 1, node(Value::List(large)));
    let (_, came) = substitute_within(vec![document], &variables, true, 10_000);
    let problems = came.problems;
    assert!(problems.len() > 10, "{}", problems.len());
    assert!(problems[0].message.contains("too large"));
}

/// One text in each place where a string can stand.
fn tree(text: &str, other: &str) -> Document {
    let name = format!("x{text}");
    let root = object(vec![
        ("a".to_owned(), string(text)),
        (
            "b".to_owned(),
            node(Value::List(vec![string(other), string(text)])),
        ),
        ("c".to_owned(), object(vec![(name, string(other))])),
        ("d".to_owned(), string("last")),
    ]);
    Document::new("f.yaml", 1, root)
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "${v}", "${w}", "$${v}", "$$", "${v:-d}", "${w:=: }", "${v^^}", "a", "x y", " ", ": ",
        "\n", "\"", "'", "#", " #", "- ", "1", "true", "\\", "\t", "{", "[", "/", ".", "é", "}",
    ]);
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn value() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a", "1", " ", ":", "- ", "#", "\"", "'", "[", "{", "}", "]", "\\", "\\n", "|", ">", "&a",
        "*a", "!", "%", "@", "`", "?", ",", "true", "~", "é", "\t", "--- ", "...", "<<", "=",
    ]);
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Fault C12: no value of a variable gives another tree than the text of the whole manifest would, and none adds or removes a field.
    #[test]
    fn a_tree_becomes_what_its_text_becomes(
        text in text(), other in text(), first in value(), second in value(),
    ) {
        let mut variables = Variables::new();
        prop_assert!(variables.set("v", &first) && variables.set("w", &second));
        let document = tree(&text, &other);
        let written = render(std::slice::from_ref(&document));
        let (documents, came) = substitute_documents(vec![document], &variables, true);
        let problems = came.problems;
        if !problems.is_empty() {
            return Ok(());
        }
        let whole = substitute(&written, &variables, true);
        prop_assert!(whole.is_ok(), "{written:?}: {whole:?}");
        let whole = whole.unwrap_or_default();
        let (again, problems) = parse(&File::new("f.yaml", whole.clone()));
        prop_assert_eq!(problems, [], "{:?} {:?}", whole, documents);
        prop_assert_eq!(again.len(), 1);
        prop_assert_eq!(again[0].root.to_json(), documents[0].root.to_json(), "{:?}", whole);
        prop_assert_eq!(documents[0].root.entries().len(), 4);
    }
}
