//! Regular expressions that do not show the crate behind them.

use std::fmt;

use regex::{Regex, RegexBuilder};

/// The most memory that one compiled expression may take, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// A regular expression that must match the whole of a value.
///
/// It runs in time linear in the value: there is no expression that makes it hang.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles an expression in the syntax of the `regex` crate (RE2's, without its extensions).
    ///
    /// # Errors
    /// [`InvalidPattern`] says what is wrong with it, or that it would take more than 1 MiB.
    pub fn new(text: &str) -> Result<Self, InvalidPattern> {
        // By itself first: `a)|(b` is no expression, but would be one within the parentheses.
        compile(text)?;
        Ok(Self {
            text: text.to_owned(),
            regex: compile(&format!("^(?:{text})$"))?,
        })
    }

    /// The expression as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole value matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }
}

fn compile(text: &str) -> Result<Regex, InvalidPattern> {
    let regex = RegexBuilder::new(text).size_limit(SIZE_LIMIT).build();
    regex.map_err(|error| InvalidPattern(error.to_string()))
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// An expression that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPattern(String);

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid regular expression: {}", self.0)
    }
}

impl std::error::Error for InvalidPattern {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_whole_value_alone() {
        let pattern = Pattern::new("a|ab").unwrap();
        for (value, matches) in [("a", true), ("ab", true), ("abc", false), ("xa", false)] {
            assert_eq!(pattern.matches(value), matches, "{value}");
        }
        assert!(!Pattern::new("(?m)^a$").unwrap().matches("b\na"));
        assert!(!Pattern::new("a").unwrap().matches("a\n"));
    }

    #[test]
    fn refuses_what_is_an_expression_only_within_parentheses() {
        for text in ["a)|(b", "a)(b", "(", "[", "(?x)a # )", "(a{1000}){1000}"] {
            assert!(Pattern::new(text).is_err(), "{text}");
        }
    }
}
