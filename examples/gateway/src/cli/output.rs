use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

use super::paint::colour;

/// How a command prints what it found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[expect(clippy::exhaustive_enums, reason = "for people, or for programs")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document, for programs.
    Json,
}

/// Prints a value: its words, or its JSON.
///
/// # Errors
/// Standard output takes no more; a reader that has gone away is none.
pub(super) fn print(value: &(impl Display + Serialize), format: Format) -> io::Result<()> {
    match format {
        Format::Text => write(&value.to_string()),
        Format::Json => json(value),
    }
}

/// Prints a value as one JSON document.
///
/// # Errors
/// Standard output takes no more.
pub(super) fn json(value: &impl Serialize) -> io::Result<()> {
    // A program is told what is there; a string of JSON has no control character as it is.
    put(&serde_json::to_string_pretty(value).map_err(io::Error::other)?)
}

/// Prints text, with a line end at its end, and without what a terminal would obey.
///
/// # Errors
/// Standard output takes no more; a reader that has gone away is none.
pub(super) fn write(text: &str) -> io::Result<()> {
    put(&harmless(text, colours()))
}

fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let line_end = if text.ends_with('\n') || text.is_empty() {
        ""
    } else {
        "\n"
    };
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(line_end.as_bytes()))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Says on standard error what stands in the way, in the name of the command.
pub fn complain(text: impl Display) {
    remark(format_args!("agentgateway: {text}"));
}

/// Says something on standard error, without what a terminal would obey.
pub fn remark(text: impl Display) {
    // Who has closed it does not want to hear it.
    let _ = io::stderr().write_all(words(text).as_bytes());
}

/// What is said on standard error: one end of line, and nothing that a terminal would obey.
pub fn words(text: impl Display) -> String {
    let text = text.to_string();
    let text = harmless(text.trim_end_matches('\n'), false);
    format!("{text}\n")
}

/// The text without control characters, but for ends of lines, tabs, and, where they are wanted, the
/// colours that this command gives.
pub fn harmless(text: &str, colours: bool) -> Cow<'_, str> {
    let safe = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.chars().all(safe) {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(character) = rest.chars().next() {
        let own = colours.then(|| colour(rest)).flatten();
        let length = own.map_or(character.len_utf8(), str::len);
        match own {
            Some(colour) => out.push_str(colour),
            None if safe(character) => out.push(character),
            None => out.push(char::REPLACEMENT_CHARACTER),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(out)
}

/// Whether standard output is a terminal that wants colours (`NO_COLOR` is not set).
#[must_use]
pub(super) fn colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paint::Colour;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left_but_our_colours() {
        let evil = "a\u{1b}]0;title\u{7}\u{9b}2J\r\n\tb\u{1b}[2J";
        let kept = "a\u{fffd}]0;title\u{fffd}\u{fffd}2J\u{fffd}\n\tb\u{fffd}[2J";
        assert_eq!(harmless(evil, true), kept);
        let painted = Colour::Bad.paint("no", true).to_string();
        assert_eq!(harmless(&painted, true), painted);
        assert!(!harmless(&painted, false).contains('\u{1b}'));
    }
}
