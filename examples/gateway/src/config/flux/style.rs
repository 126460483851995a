//! How the YAML library of Kubernetes writes a string.
//!
//! Flux substitutes in the text that this library writes, so whether a string stands in quotes
//! there decides what a variable's value means.
//!
//! # Source
//! go-yaml 2.4 as `sigs.k8s.io/yaml` uses it: what its encoder and emitter do, retold.

use crate::config::yaml::{Value, resolve};

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// Within `'`.
    Single,
    /// Within `"`, with escapes.
    Double,
    /// As a block after `|`.
    Literal,
}

impl Style {
    /// The style of a string; of the name of a field when `name`, which must fit a line.
    pub(super) fn of(text: &str, name: bool) -> Self {
        let found = Features::of(text);
        if text.contains('\n') {
            return if found.block && !name {
                Self::Literal
            } else {
                Self::Double
            };
        }
        if !plain_is_string(text) {
            return Self::Double;
        }
        if found.plain {
            Self::Plain
        } else if found.single {
            Self::Single
        } else {
            Self::Double
        }
    }

    /// Writes a string of one line in this style; blocks are written by [`block`].
    pub(super) fn write(self, text: &str, output: &mut String) {
        match self {
            Self::Plain => output.push_str(text),
            Self::Single => {
                output.push('\'');
                output.push_str(&text.replace('\'', "''"));
                output.push('\'');
            }
            Self::Double | Self::Literal => {
                output.push('"');
                text.chars().for_each(|char| escape(char, output));
                output.push('"');
            }
        }
    }
}

/// What a header of a block says: `|`, then whether the indentation is given, and what becomes of
/// line feeds at the end.
pub(super) fn block_header(text: &str) -> String {
    let indent = if text.starts_with([' ', '\n']) {
        "2"
    } else {
        ""
    };
    let chomp = match text.strip_suffix('\n') {
        None => "-",
        Some("") => "+",
        Some(rest) if rest.ends_with('\n') => "+",
        Some(_) => "",
    };
    format!("|{indent}{chomp}")
}

/// Whether text that stands without quotes is read as a string, this one and in older YAML too.
fn plain_is_string(text: &str) -> bool {
    matches!(resolve(text), Value::String(_))
        && !matches!(text, "<<" | "=")
        && !looks_like_number(text)
        && !looks_like_time(text)
}

/// Numbers to the base 60, infinities, and what only some readers take for a number.
fn looks_like_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let numeric = |char: char| char.is_ascii_digit() || matches!(char, ':' | '.' | '_');
    let special = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"];
    special.contains(&digits)
        || digits.starts_with(|first: char| first.is_ascii_digit()) && digits.chars().all(numeric)
}

/// `2026-11-23` and what follows such a date.
fn looks_like_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, most: usize| {
        part.is_some_and(|part| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    digits(parts.next(), 4)
        && digits(parts.next(), 2)
        && parts
            .next()
            .is_some_and(|day| day.starts_with(|first: char| first.is_ascii_digit()))
}

/// Which styles can hold a string.
struct Features {
    plain: bool,
    single: bool,
    block: bool,
}

impl Features {
    fn of(text: &str) -> Self {
        let mut found = Self {
            plain: !indicates(text) && !text.contains('\n'),
            single: true,
            block: !text.ends_with(' '),
        };
        let edge = |char: Option<char>| matches!(char, Some(' ' | '\n'));
        if text.is_empty() || edge(text.chars().next()) || edge(text.chars().next_back()) {
            found.plain = false;
        }
        if text.contains("\n ") {
            found.plain = false;
            found.single = false;
        }
        if text.contains(" \n") || !text.chars().all(printable) {
            (found.plain, found.single, found.block) = (false, false, false);
        }
        found
    }
}

/// Whether the string has a character that means something where it stands.
fn indicates(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let blank = |char: Option<char>| char.is_none_or(|char| matches!(char, ' ' | '\t' | '\n'));
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let first = before.is_none();
        let after = chars.peek().copied();
        let found = match char {
            '#' => first || blank(before),
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
            | '`' => first,
            '?' | '-' => first && blank(after),
            ':' => blank(after),
            _ => false,
        };
        if found {
            return true;
        }
        before = Some(char);
    }
    false
}

/// What may stand in YAML without an escape.
fn printable(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn escape(char: char, output: &mut String) {
    let short = match char {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        char if printable(char) => {
            output.push(char);
            return;
        }
        char => {
            let code = u32::from(char);
            output.push_str(&match code {
                0..0x100 => format!("\\x{code:02X}"),
                0x100..0x1_0000 => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
            return;
        }
    };
    output.push_str(short);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut output = String::new();
        Style::of(text, false).write(text, &mut output);
        output
    }

    #[test]
    fn writes_what_go_yaml_writes() {
        for plain in [
            "a",
            "${port}",
            "a2a.${domain}",
            "k=${v:=dev}",
            "http://h:1/p",
            "a - b",
            "-a",
            "it's",
        ] {
            assert_eq!(written(plain), plain);
        }
        for single in [
            "\"${v}\"", "a: b", "a #b", "#a", "- a", "${v: -3}", "a:", "@a", "{{x}}", " a", "a ",
        ] {
            assert_eq!(Style::of(single, false), Style::Single, "{single}");
        }
        for double in [
            "",
            "true",
            "yes",
            "1.0",
            "10",
            "~",
            "null",
            "a\tb",
            "12:30",
            "2026-01-02",
            "a\u{7}",
            ".inf",
            "<<",
            "\u{feff}",
        ] {
            assert_eq!(Style::of(double, false), Style::Double, "{double}");
        }
        assert_eq!(Style::of("a\nb", false), Style::Literal);
        assert_eq!(Style::of("a\nb", true), Style::Double);
        assert_eq!(Style::of("a \nb", false), Style::Double);
        assert_eq!(written("a\t\"\\\u{1}"), r#""a\t\"\\\x01""#);
        assert_eq!(block_header("a\nb"), "|-");
        assert_eq!(block_header("a\nb\n"), "|");
        assert_eq!(block_header(" a\nb\n\n"), "|2+");
    }
}
