use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use serde::Serialize;

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
    write(&serde_json::to_string_pretty(value).map_err(io::Error::other)?)
}

/// Prints text, with a line end at its end.
///
/// # Errors
/// Standard output takes no more; a reader that has gone away is none.
pub(super) fn write(text: &str) -> io::Result<()> {
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

/// Whether standard output is a terminal that wants colours (`NO_COLOR` is not set).
#[must_use]
pub(super) fn colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
}
