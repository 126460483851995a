/// Which attempt of a request this is, counted from 1.
///
/// Written by who sends a request more than once: into each attempt, and into the answer of an attempt
/// after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(u32);

impl Attempt {
    /// The attempt of this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number, from 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// How often the request was sent before.
    #[must_use]
    pub const fn resends(self) -> u32 {
        self.0.saturating_sub(1)
    }
}
