use std::fmt;

use agentgateway_core::json::{JsonError, SpliceError};

/// A card that cannot be read, rewritten, projected or signed. Its words may be sent to the client: they
/// repeat nothing of the card.
#[derive(Debug)]
pub struct BadCard(Fault);

#[derive(Debug)]
pub(super) enum Fault {
    Json(JsonError),
    /// What must be of this type and is not.
    Type(&'static str, &'static str),
    Splice(SpliceError),
    /// What else is wrong, in words.
    Rule(&'static str),
    /// There is more of this than so many.
    TooMany(&'static str, usize),
}

impl BadCard {
    pub(super) const fn rule(words: &'static str) -> Self {
        Self(Fault::Rule(words))
    }

    pub(super) const fn not_text(name: &'static str) -> Self {
        Self(Fault::Type(name, "a string"))
    }

    pub(super) const fn wrong(name: &'static str, wanted: &'static str) -> Self {
        Self(Fault::Type(name, wanted))
    }

    pub(super) const fn too_many(what: &'static str, limit: usize) -> Self {
        Self(Fault::TooMany(what, limit))
    }
}

impl fmt::Display for BadCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Fault::Json(error) => error.fmt(f),
            Fault::Type(name, wanted) => write!(f, "{name} must be {wanted}"),
            Fault::Splice(error) => error.fmt(f),
            Fault::Rule(words) => f.write_str(words),
            Fault::TooMany(what, limit) => write!(f, "it has more than {limit} {what}"),
        }
    }
}

impl std::error::Error for BadCard {}

impl From<JsonError> for BadCard {
    fn from(error: JsonError) -> Self {
        Self(Fault::Json(error))
    }
}

impl From<SpliceError> for BadCard {
    fn from(error: SpliceError) -> Self {
        Self(Fault::Splice(error))
    }
}
