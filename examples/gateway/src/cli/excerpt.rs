//! The line of a file that a fault stands in, with a caret; never a line that may hold a secret.

use std::fmt::Write as _;

use super::paint::Colour;

/// How much of a long line is shown, in characters.
const MAX_CHARS: usize = 100;

/// How much of it stands before the caret.
const BEFORE: usize = 60;

/// Words near which a value is not shown.
const SENSITIVE: [&str; 9] = [
    "key",
    "token",
    "password",
    "passwd",
    "secret",
    "authorization",
    "credential",
    "cookie",
    "bearer",
];

/// What stands in the place of a value that may be secret.
const HIDDEN: &str = "(not shown)";

/// The line with a caret below the column; `None` where the line does not exist, or its document is
/// a Secret.
///
/// Lines and columns are counted from 1, columns in characters.
pub(super) fn excerpt(text: &str, line: usize, column: usize, colours: bool) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let index = line.checked_sub(1)?;
    let found = lines.get(index)?;
    if found.trim().is_empty() || is_secret(&lines, index) {
        return None;
    }
    let near = |at: Option<usize>| at.and_then(|at| lines.get(at)).copied().unwrap_or_default();
    let beside = [
        near(index.checked_sub(1)),
        found,
        near(index.checked_add(1)),
    ];
    let shown = if beside.iter().any(|line| is_sensitive(line)) {
        masked(found)
    } else {
        (*found).to_owned()
    };
    Some(drawn(&shown, line, column, colours))
}

fn drawn(shown: &str, line: usize, column: usize, colours: bool) -> String {
    let characters: Vec<char> = shown
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let at = column.saturating_sub(1).min(characters.len());
    let from = if characters.len() > MAX_CHARS {
        at.saturating_sub(BEFORE)
    } else {
        0
    };
    let part: String = characters.iter().skip(from).take(MAX_CHARS).collect();
    let word = characters.iter().skip(at).take(MAX_CHARS);
    let end = |c: &&char| !c.is_whitespace() && !matches!(**c, ':' | ',' | '}' | ']');
    let width = word.take_while(end).count().max(1);
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let bar = Colour::Faint.paint("|", colours);
    let caret = Colour::Bad.paint("^".repeat(width), colours);
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        " {} {bar} {part}",
        Colour::Faint.paint(number, colours)
    );
    let _ = write!(out, " {margin} {bar} {}{caret}", " ".repeat(at - from));
    out
}

/// Whether the document that the line stands in calls itself a Secret.
fn is_secret(lines: &[&str], index: usize) -> bool {
    let is_border = |line: &&&str| line.starts_with("---");
    let (before, after) = lines.split_at(index);
    let start = before.iter().rev().take_while(|line| !is_border(line));
    let end = after.iter().skip(1).take_while(|line| !is_border(line));
    let mut document = start.chain(end).chain(after.first());
    document.any(|line| names_secret(line))
}

fn names_secret(line: &str) -> bool {
    let bare: String = line
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\''))
        .collect();
    bare.contains("kind:Secret") && !bare.contains("kind:SecretRef")
}

fn is_sensitive(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    SENSITIVE.iter().any(|word| lower.contains(word))
}

/// The line with what stands behind its first colon hidden; its beginning keeps its columns.
fn masked(line: &str) -> String {
    match line.find(": ") {
        Some(at) => {
            let (name, value) = line.split_at(at + 2);
            if value.trim().is_empty() || value.trim_start().starts_with('#') {
                line.to_owned()
            } else {
                format!("{name}{HIDDEN}")
            }
        }
        None if line.trim_end().ends_with(':') => line.to_owned(),
        None => {
            let indent = line.len() - line.trim_start().len();
            format!("{}{HIDDEN}", " ".repeat(indent))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_below_the_word() {
        let text = "kind: Gateway\nspec:\n  listners: []\n";
        let shown = excerpt(text, 3, 3, false).unwrap();
        assert_eq!(shown, " 3 |   listners: []\n   |   ^^^^^^^^");
        assert_eq!(excerpt(text, 9, 1, false), None);
        assert_eq!(excerpt(text, 0, 0, false), None);
    }

    /// Fault C11: a fault in a Secret, or beside a key, shows its place and never the value.
    #[test]
    fn no_line_of_a_secret_and_no_value_near_a_key_is_shown() {
        let secret = "kind: Gateway\n---\napiVersion: v1\nstringData:\n  a: hunter2\nkind: \"Secret\"\n---\nb: 1\n";
        assert_eq!(excerpt(secret, 5, 6, false), None);
        assert!(excerpt(secret, 8, 1, false).is_some());
        assert!(excerpt(secret, 1, 1, false).is_some());
        let json = r#"{"kind": "Secret", "data": {"a": "hunter2"}}"#;
        assert_eq!(excerpt(json, 1, 10, false), None);
        for text in [
            "auth:\n  key: hunter2\n",
            "- name: API_KEY\n  value: hunter2\n",
            "  value: hunter2\n  name: Authorization\n",
            "password:\n  hunter2\n",
        ] {
            for line in 1..3 {
                let shown = excerpt(text, line, 1, false).unwrap();
                assert!(!shown.contains("hunter2"), "{shown}");
            }
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_column_and_a_tab_is_one_column() {
        let text = format!("{}x: y", "ab ".repeat(300));
        let shown = excerpt(&text, 1, 901, false).unwrap();
        let (line, caret) = shown.split_once('\n').unwrap();
        assert!(line.len() < 120, "{line}");
        assert_eq!(caret.find('^'), line.find("x:"));
        let tab = excerpt("\ta: b", 1, 2, false).unwrap();
        assert_eq!(tab, " 1 |  a: b\n   |  ^");
    }
}
