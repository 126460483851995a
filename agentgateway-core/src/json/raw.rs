use std::fmt;

use super::{JsonError, scan::Scanner, walk};

/// One JSON value as it is written: a part of a text that was checked.
///
/// It is given by [`members`](super::members) and its relatives, or made of a whole text. A copy
/// costs nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// The value that this text is. White space around it is left out.
    ///
    /// # Errors
    ///
    /// [`JsonError`] when the text is not UTF-8, starts with a byte order mark, is nested too deep
    /// ([`MAX_DEPTH`](super::MAX_DEPTH)), or breaks the grammar.
    pub fn parse(text: &'a [u8]) -> Result<Self, JsonError> {
        let text = walk::decoded(text)?;
        Scanner::checking(text)
            .only_value()
            .ok_or_else(|| walk::explain(text, None))
    }

    /// The text of the value, without white space around it.
    #[must_use]
    pub const fn get(self) -> &'a str {
        self.0
    }

    /// The caller has checked the text.
    pub(super) const fn of_checked(text: &'a str) -> Self {
        Self(text)
    }
}

/// Shows nothing of the value, which may be a secret.
impl fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}
