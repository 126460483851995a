//! The line of a file that a fault stands in, with a caret; never a line that may hold a secret.

use std::fmt::Write as _;

use super::paint::Colour;
use crate::config::redact::Lines;

/// How much of a long line is shown, in characters.
const MAX_CHARS: usize = 100;

/// How much of it stands before the caret.
const BEFORE: usize = 60;

/// What stands in the place of a value that may be secret.
const HIDDEN: &str = "(not shown)";

/// The line with a caret below the column, up to where a secret begins; `None` where the line does not
/// exist or says nothing that may be shown.
///
/// Lines and columns are counted from 1, columns in characters.
pub(super) fn excerpt(
    text: &str,
    secrets: &Lines,
    line: usize,
    column: usize,
    colours: bool,
) -> Option<String> {
    let found = text.lines().nth(line.checked_sub(1)?)?;
    let (mut shown, mut column) = (found.to_owned(), column);
    if let Some(from) = secrets.hidden_from(line, found) {
        shown = found.chars().take(from.saturating_sub(1)).collect();
        if shown.trim().is_empty() {
            return None;
        }
        shown.push_str(HIDDEN);
        column = column.min(from);
    }
    (!shown.trim().is_empty()).then(|| drawn(&shown, line, column, colours))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::File;

    fn excerpt(text: &str, line: usize, column: usize, _: bool) -> Option<String> {
        let secrets = Lines::of(&File::new("f.yaml", text));
        super::excerpt(text, &secrets, line, column, false)
    }

    const GATEWAY: &str =
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec:\n  listeners: []\n";

    #[test]
    fn the_caret_stands_below_the_word() {
        let shown = excerpt(GATEWAY, 4, 3, false).unwrap();
        assert_eq!(shown, " 4 |   listeners: []\n   |   ^^^^^^^^^");
        assert_eq!(excerpt(GATEWAY, 9, 1, false), None);
        assert_eq!(excerpt(GATEWAY, 0, 0, false), None);
    }

    /// Fault C11: a fault in a Secret, or beside a key, shows its place and never the value.
    #[test]
    fn no_value_that_is_secret_or_may_be_is_shown() {
        let head = |kind: &str| match kind {
            "Secret" | "Sercet" => format!("apiVersion: v1\nkind: {kind}\n"),
            "LocalProcess" => {
                format!("apiVersion: gateway.agentgateway.dev/v1alpha1\nkind: {kind}\n")
            }
            "HTTPRoute" => format!("apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\n"),
            kind => format!("apiVersion: agentgateway.dev/v1alpha1\nkind: {kind}\n"),
        };
        for (kind, rest) in [
            (
                "Secret",
                "stringData:\n  a: hunter2\n  b: |\n    hunter2\n    hunter2\n",
            ),
            ("Secret", "stringData: {a: 'hunter2\n  hunter2', b: x}\n"),
            ("Secret", "stringDate: {a: hunter2} # hunter2\n"),
            ("Sercet", "data: hunter2\n"),
            ("Deployment", "spec: {env: [{value: hunter2}]}\n"),
            (
                "AgentgatewayBackend",
                "spec:\n  policies:\n    auth:\n      key: hunter2\n",
            ),
            (
                "AgentgatewayBackend",
                "spec:\n  policies: {auth: {keyy: hunter2}}\n",
            ),
            (
                "AgentgatewayParameters",
                "spec:\n  env:\n  - value: hunter2\n    name: A\n",
            ),
            ("AgentgatewayParameters", "spec:\n  env: {A: hunter2}\n"),
            (
                "AgentgatewayPolicy",
                "spec: {traffic: {basicAuthentication: {users: [\"a:hunter2\"]}}}\n",
            ),
            (
                "LocalProcess",
                "spec:\n  args: [a, hunter2]\n  env:\n    A: hunter2\n",
            ),
            (
                "HTTPRoute",
                "spec: {rules: [{filters: [{requestHeaderModifier: {set: [{name: a, value: hunter2}]}}]}]}\n",
            ),
        ] {
            let text = format!("{}{rest}", head(kind));
            let mut shown = 0;
            for line in 1..=text.lines().count() {
                for column in [1, 5, 30] {
                    let excerpt = excerpt(&text, line, column, false).unwrap_or_default();
                    assert!(!excerpt.contains("hunter2"), "{text}{excerpt}");
                    shown += usize::from(!excerpt.is_empty());
                }
            }
            assert!(shown >= 6, "{text}");
        }
        let shown = excerpt(
            "kind: Gateway\nmetadata: {name: a}\n b: hunter2\n",
            3,
            2,
            false,
        );
        assert_eq!(shown.as_deref(), Some(" 3 |  b: (not shown)\n   |  ^"));
        assert_eq!(excerpt("a: {hunter2\nhunter2\n", 2, 1, false), None);
    }

    #[test]
    fn a_long_line_is_cut_around_the_column_and_a_tab_is_one_column() {
        let text = format!("{GATEWAY}# {}x: y", "ab ".repeat(300));
        let shown = excerpt(&text, 5, 903, false).unwrap();
        let (line, caret) = shown.split_once('\n').unwrap();
        assert!(line.len() < 120, "{line}");
        assert_eq!(caret.find('^'), line.find("x:"));
        let tab = excerpt("\ta: b", 1, 2, false).unwrap();
        assert_eq!(tab, " 1 |  a: (not shown)\n   |  ^");
    }
}
