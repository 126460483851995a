//! From text to documents.

use saphyr_parser::{Event, Parser, ScanError};

use super::build::Builder;
use super::{Node, Position};
use crate::config::{File, Problem};

/// One document of a file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// The file's name.
    pub file: String,
    /// Which document of the file, counted from 1.
    pub number: usize,
    /// All that it says.
    pub root: Node,
}

impl Document {
    /// This document.
    #[must_use]
    pub fn new(file: impl Into<String>, number: usize, root: Node) -> Self {
        Self {
            file: file.into(),
            number,
            root,
        }
    }
}

/// The documents of a file, in YAML or JSON (which is YAML too); those that say nothing are left
/// out.
///
/// The problems are faults of syntax, names given twice in one object, and trees over the limits (64 levels,
/// 1,000,000 values, both after aliases are followed). A fault of syntax hides the documents after it.
///
/// # Source
/// YAML 1.2.2; the types of plain scalars are those of [`resolve`](super::resolve).
#[must_use]
pub fn parse(file: &File) -> (Vec<Document>, Vec<Problem>) {
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    if let Some(at) = file.text().find('\0') {
        let problem = Problem::of_file(file.name(), "holds a NUL byte, so it is no text");
        problems.push(problem.at(position_of(file.text(), at)));
        return (documents, problems);
    }
    let mut builder = Builder::default();
    let mut number = 0;
    for event in Parser::new_from_str(file.text()) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                problems.push(syntax(file, &error));
                break;
            }
        };
        let at = Position {
            line: span.start.line(),
            column: span.start.col() + 1,
        };
        match event {
            Event::DocumentStart(_) => number += 1,
            Event::DocumentEnd => {
                if let Some(root) = builder.finish().filter(|root| !root.is_null()) {
                    documents.push(Document::new(file.name(), number, root));
                }
            }
            event => {
                if let Err((message, at)) = builder.take(event, at) {
                    problems.push(Problem::of_file(file.name(), message).at(at));
                    break;
                }
            }
        }
    }
    problems.extend(builder.duplicates().map(|(name, at)| {
        let message = format!("field {name:?} is given twice in one object");
        Problem::of_file(file.name(), message).at(at)
    }));
    (documents, problems)
}

fn syntax(file: &File, error: &ScanError) -> Problem {
    let at = Position {
        line: error.marker().line(),
        column: error.marker().col() + 1,
    };
    let language = if file.name().ends_with(".json") {
        "JSON"
    } else {
        "YAML"
    };
    let message = format!("is not valid {language}: {}", error.info());
    let problem = Problem::of_file(file.name(), message).at(at);
    if error.info().contains("tab") {
        return problem.hint("indent with spaces: YAML allows no tabs");
    }
    problem
}

fn position_of(text: &str, at: usize) -> Position {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    Position {
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let (_, problems) = parse(&File::new("f.yaml", text));
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_value_knows_its_place() {
        let text = "# a comment\na: 1\nb:\n  - {c: \"yes\"}\n---\n---\nd: yes\n";
        let (documents, problems) = parse(&File::new("f.yaml", text));
        assert_eq!(problems, []);
        let numbers: Vec<_> = documents.iter().map(|document| document.number).collect();
        assert_eq!(numbers, [1, 3]);
        let node = documents[0].root.get("b").unwrap().items()[0]
            .get("c")
            .unwrap();
        assert_eq!((node.at.line, node.at.column), (4, 9));
        assert_eq!(node.as_str(), Some("yes"));
        assert_eq!(
            documents[1].root.get("d").unwrap().value,
            crate::config::yaml::Value::Bool(true)
        );
    }

    /// Fault C01: tabs, NUL bytes, keys given twice and what is no YAML are told with their line and column.
    #[test]
    fn faults_have_their_place() {
        assert_eq!(faults("# nothing\n"), [""; 0]);
        assert!(
            faults("a: 1\n\tb: 2\n")[0].contains("spaces"),
            "{:?}",
            faults("a: 1\n\tb: 2\n")
        );
        assert!(faults("a: 1\nb: 2\na: 3\n")[0].starts_with("f.yaml:3:1"));
        assert!(faults("a\0b")[0].contains("NUL"));
        assert!(faults("a: [1")[0].contains("f.yaml:"));
    }

    /// Fault C01: a bomb of anchors is refused by the number of values that it stands for.
    #[test]
    fn an_anchor_bomb_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let last = level - 1;
            let ten = vec![format!("*a{last}"); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{ten}]\n"));
        }
        assert!(faults(&text)[0].contains("1000000 values"));
    }

    /// Fault C01: a tree over 64 levels deep is refused, also where aliases make it so.
    #[test]
    fn a_tree_that_is_too_deep_is_refused() {
        let chain = |levels: usize| {
            let mut text = "a0: &a0 [x]\n".to_owned();
            for level in 1..levels {
                text.push_str(&format!("a{level}: &a{level} {{y: *a{}}}\n", level - 1));
            }
            faults(&text)
        };
        // All of them stand in an object.
        assert_eq!(chain(63), [""; 0]);
        assert_eq!(
            chain(64),
            ["f.yaml:64:15: is nested over 64 levels deep, aliases followed"]
        );
        let deep = "[".repeat(100) + &"]".repeat(100);
        assert!(
            faults(&deep)[0].contains("64 levels"),
            "{:?}",
            faults(&deep)
        );
    }
}
