use std::fmt::{self, Display};

/// Text in a colour, where colours are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Painted<T> {
    text: T,
    colour: Option<Colour>,
}

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Bad,
    Doubtful,
    Good,
    Faint,
    Strong,
}

impl Colour {
    /// The text in this colour.
    pub(super) const fn paint<T>(self, text: T, wanted: bool) -> Painted<T> {
        let colour = if wanted { Some(self) } else { None };
        Painted { text, colour }
    }

    /// All of them.
    const ALL: [Self; 5] = [
        Self::Bad,
        Self::Doubtful,
        Self::Good,
        Self::Faint,
        Self::Strong,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::Bad => "1;31",
            Self::Doubtful => "1;33",
            Self::Good => "32",
            Self::Faint => "2",
            Self::Strong => "1",
        }
    }
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.colour {
            Some(colour) => write!(f, "\u{1b}[{}m{}\u{1b}[0m", colour.code(), self.text),
            None => self.text.fmt(f),
        }
    }
}

/// The beginning or the end of a colour that a text begins with.
pub(super) fn colour(text: &str) -> Option<&str> {
    let codes = Colour::ALL.into_iter().map(Colour::code).chain(["0"]);
    let sequences = codes.map(|code| format!("\u{1b}[{code}m"));
    let length = sequences
        .into_iter()
        .find(|sequence| text.starts_with(sequence.as_str()))?
        .len();
    text.get(..length)
}
