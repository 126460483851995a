//! One string of a manifest: what Flux would make of it in its text.
//!
//! The string is written as Flux writes it, substituted in that text, and read again. What comes
//! out must still be one value at this place: anything else would be structure that a value
//! brought in.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::eval::Evaluator;
use super::parse::{names, parse};
use super::{SubstituteError, SubstituteErrorKind};
use crate::config::flux::style::{Style, block_header};
use crate::config::suggest::quoted;
use crate::config::yaml::{Value, resolve};

/// Where a string stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The value of a field.
    Field,
    /// An item of a list.
    Item,
    /// The name of a field.
    Name,
}

/// Why a string could not be substituted where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ScalarError {
    /// The substitution itself.
    Text(SubstituteError),
    /// These variables would change the structure around.
    Structure(Vec<String>),
    /// These variables bring in a control character or another kind of line break.
    Control(Vec<String>),
}

/// Whether substitution touches a string at all.
pub(super) fn touches(text: &str) -> bool {
    text.contains("${") || text.contains("$$")
}

/// What a string has become.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Substituted {
    pub(super) value: Value,
    /// Whether a variable whose value is never shown is part of it.
    pub(super) secret: bool,
}

/// What becomes of a string.
pub(super) fn substitute_scalar(
    text: &str,
    slot: Slot,
    evaluator: &mut Evaluator<'_>,
) -> Result<Substituted, ScalarError> {
    let style = Style::of(text, slot == Slot::Name);
    let mut written = String::new();
    if style == Style::Literal {
        written.push_str(text);
    } else {
        style.write(text, &mut written);
    }
    let parts = parse(&written).map_err(ScalarError::Text)?;
    let result = evaluator.evaluate(&parts).map_err(ScalarError::Text)?;
    if result.chars().any(control) && !written.chars().any(control) {
        return Err(ScalarError::Control(names(&parts)));
    }
    let read = if style == Style::Literal {
        block(text, &result)
    } else if result.trim_matches([' ', '\t']).is_empty() && slot != Slot::Name {
        Some(Value::Null)
    } else {
        line(&result, slot)
    };
    match read {
        Some(Value::Null) if slot == Slot::Name => Err(ScalarError::Structure(names(&parts))),
        Some(value) => {
            let names = names(&parts);
            let secret = names.iter().any(|name| evaluator.variables.is_secret(name));
            Ok(Substituted { value, secret })
        }
        None => Err(ScalarError::Structure(names(&parts))),
    }
}

/// What older or newer YAML takes for a break of lines, or for no text at all.
fn control(char: char) -> bool {
    char.is_control() && !matches!(char, '\t' | '\n')
        || matches!(char, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A block: every line of it is text, so only its first line and its last ones can matter.
fn block(original: &str, result: &str) -> Option<Value> {
    let header = block_header(original);
    let first = result.split('\n').find(|line| !line.is_empty());
    let indented = first.is_some_and(|line| line.starts_with([' ', '\t']));
    if indented && !header.contains('2') {
        // The spaces would count as indentation of the whole block.
        return None;
    }
    let body = result.trim_end_matches('\n');
    Some(Value::String(if header.ends_with('+') {
        result.to_owned()
    } else if header.ends_with('-') || body.is_empty() {
        body.to_owned()
    } else {
        format!("{body}\n")
    }))
}

/// A line, read as what stands in one slot.
fn line(result: &str, slot: Slot) -> Option<Value> {
    let trimmed = result.trim_matches([' ', '\t']);
    if trimmed.starts_with(['%', '@', '`']) {
        return None;
    }
    let document = match slot {
        Slot::Field => format!("k: {result}\n"),
        Slot::Item => format!("- {result}\n"),
        Slot::Name => format!("{result}: v\n"),
    };
    let (text, style) = only_scalar(&document, slot)?;
    match style {
        // A shorter text than was written means that a comment began within.
        ScalarStyle::Plain if text == trimmed && text != "<<" => Some(resolve(&text)),
        ScalarStyle::SingleQuoted if closes(trimmed, '\'') => Some(Value::String(text)),
        ScalarStyle::DoubleQuoted if closes(trimmed, '"') => Some(Value::String(text)),
        _ => None,
    }
}

/// The scalar of a slot, when the document holds that and nothing else.
fn only_scalar(document: &str, slot: Slot) -> Option<(String, ScalarStyle)> {
    let mut scalars = Vec::new();
    let mut opened = 0;
    for event in Parser::new_from_str(document) {
        match event.ok()?.0 {
            Event::Scalar(text, style, 0, None) => scalars.push((text.into_owned(), style)),
            Event::SequenceStart(0, None) if slot == Slot::Item => opened += 1,
            Event::MappingStart(0, None) if slot != Slot::Item => opened += 1,
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(false)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => {}
            _ => return None,
        }
    }
    let expected = if slot == Slot::Item { 1 } else { 2 };
    if opened != 1 || scalars.len() != expected {
        return None;
    }
    match slot {
        Slot::Field | Slot::Item => scalars.pop(),
        Slot::Name => scalars.into_iter().next(),
    }
}

/// Whether the quote that a text begins with is closed at its end, not before.
fn closes(text: &str, quote: char) -> bool {
    let mut chars = text.chars().skip(1).peekable();
    while let Some(char) = chars.next() {
        if char == '\\' && quote == '"' {
            chars.next();
        } else if char == quote {
            if quote == '\'' && chars.peek() == Some(&'\'') {
                chars.next();
            } else {
                return chars.peek().is_none();
            }
        }
    }
    false
}

impl ScalarError {
    /// What is wrong, without any value; `secret` leaves out names that could be part of one.
    pub(super) fn message(&self, secret: bool) -> String {
        let listed = |names: &[String]| {
            let names: Vec<_> = names.iter().take(8).collect();
            match names.as_slice() {
                [] => "a substitution".to_owned(),
                [name] => format!("the value of variable {}", quoted(name)),
                _ => {
                    let quoted: Vec<_> = names.iter().map(|name| quoted(name)).collect();
                    format!("the value of one of the variables {}", quoted.join(", "))
                }
            }
        };
        match self {
            Self::Text(error) if secret && error.kind != SubstituteErrorKind::NotSet => {
                "is not a substitution that can be read".to_owned()
            }
            Self::Text(error) => error.to_string(),
            Self::Structure(names) => format!(
                "{} would change the structure of the manifest here",
                listed(names)
            ),
            Self::Control(names) => format!(
                "{} brings a control character or line break into the manifest here",
                listed(names)
            ),
        }
    }

    /// What would be right, where the fault itself tells.
    pub(super) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Structure(_) => Some(
                "give the variable a value that YAML reads as one word; quotes in the manifest do \
                 not help, because Flux writes it anew",
            ),
            Self::Text(error) if error.kind != SubstituteErrorKind::NotSet => {
                Some("write \"$${\" where \"${\" itself is meant")
            }
            Self::Text(_) | Self::Control(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Variables;
    use super::*;

    fn run(text: &str, slot: Slot, value: &str) -> Result<Value, ScalarError> {
        let mut variables = Variables::new();
        assert!(variables.set("v", value));
        let mut work = 1 << 20;
        let mut evaluator = Evaluator {
            variables: &variables,
            strict: true,
            work: &mut work,
        };
        substitute_scalar(text, slot, &mut evaluator).map(|found| found.value)
    }

    fn string(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn plain_text_takes_the_type_of_what_it_becomes() {
        let run = |text, value| run(text, Slot::Field, value).unwrap();
        assert_eq!(run("${v}", "8080"), Value::Number(8080.into()));
        assert_eq!(run("${v}", "true"), Value::Bool(true));
        assert_eq!(run("${v}", ""), Value::Null);
        assert_eq!(run("${v}", " x "), string("x"));
        assert_eq!(run("${v}", "\"8080\""), string("8080"));
        assert_eq!(run("${v}", "'8080'"), string("8080"));
        assert_eq!(run("a.${v}", "1"), string("a.1"));
        assert_eq!(run("1${v}", "0"), Value::Number(10.into()));
        assert_eq!(run("http://${v}/", "h:80"), string("http://h:80/"));
        assert_eq!(run("$${v}", "x"), string("${v}"));
        assert_eq!(run("a$$b", "x"), string("a$b"));
    }

    #[test]
    fn quoted_text_stays_a_string() {
        let run = |text, value| run(text, Slot::Field, value).unwrap();
        assert_eq!(run("\"${v}\"", "1"), string("\"1\""));
        assert_eq!(run("a: ${v}", "b: c # d"), string("a: b: c # d"));
        assert_eq!(run("# ${v}", ""), string("# "));
        assert_eq!(run("a\t${v}", "x"), string("a\tx"));
        assert_eq!(run("a: ${v}", "it''s"), string("a: it's"));
    }

    #[test]
    fn blocks_hold_any_text() {
        let run = |text, value| run(text, Slot::Field, value);
        assert_eq!(run("a\n${v}", "b: [c # d").unwrap(), string("a\nb: [c # d"));
        assert_eq!(run("a\n${v}\n", "").unwrap(), string("a\n"));
        assert_eq!(run("${v}\n", "").unwrap(), string(""));
        assert_eq!(run("a\n${v}", "").unwrap(), string("a"));
        assert_eq!(run(" a\n${v}", " b").unwrap(), string(" a\n b"));
        assert!(run("${v}\nb", " a").is_err());
    }

    #[test]
    fn names_are_substituted_too() {
        assert_eq!(run("${v}", Slot::Name, "a").unwrap(), string("a"));
        assert_eq!(run("${v}.x/y", Slot::Name, "a").unwrap(), string("a.x/y"));
        for value in ["", "a: b", "<<", "- a", "? a", "# a", "[a]", "*a"] {
            assert!(run("${v}", Slot::Name, value).is_err(), "{value}");
        }
    }

    /// Fault C12: a value with YAML in it is refused where it would inject structure, and the message names the variable, never the value.
    #[test]
    fn no_value_injects_structure() {
        let plain = [
            "a: b",
            "- a",
            "- a: b",
            "[a]",
            "{a: b}",
            "[a",
            "a #b",
            "#a",
            "&a b",
            "*a",
            "!!str a",
            "!a",
            "| a",
            ">",
            "|",
            "\"a",
            "'a",
            "\"a\" b",
            "\"a\" # \"",
            "'a' # '",
            "? a",
            "@a",
            "`a",
            "%a",
            "a:",
            "-",
            "a\rb",
            "a\u{2028}b",
            "a\u{0}b",
            "\"\\q\"",
            "a\u{85}b",
        ];
        for value in plain {
            for slot in [Slot::Field, Slot::Item] {
                let error = run("${v}", slot, value).unwrap_err();
                assert!(error.message(false).contains("\"v\""), "{value}");
            }
        }
        for (text, value) in [("a: ${v}", "it's"), ("a\t${v}", "\""), ("a\t${v}", "\\")] {
            let error = run(text, Slot::Field, value).unwrap_err();
            assert_eq!(
                error,
                ScalarError::Structure(vec!["v".to_owned()]),
                "{text}"
            );
        }
    }
}
