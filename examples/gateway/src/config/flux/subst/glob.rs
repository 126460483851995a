//! The patterns of `#` and `%`: `*`, `?`, `[a-z]`, `[^a]` and `\` before a plain character.

/// A pattern; `*` and `?` fit every character, `/` too.
#[derive(Debug)]
pub(super) struct Glob(Vec<Token>);

#[derive(Debug)]
enum Token {
    Any,
    One,
    Char(char),
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// Reads a pattern; `None` when it is malformed, and then it fits nothing.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let mut chars = pattern.chars();
        let mut tokens = Vec::new();
        while let Some(char) = chars.next() {
            tokens.push(match char {
                '*' => Token::Any,
                '?' => Token::One,
                '[' => class(&mut chars)?,
                '\\' => Token::Char(chars.next()?),
                char => Token::Char(char),
            });
        }
        Some(Self(tokens))
    }

    /// How many steps of work [`Self::prefix`] may take.
    pub(super) fn steps(&self, text: &str) -> usize {
        text.len().saturating_mul(self.0.len() + 1)
    }

    /// The length in bytes of the shortest or longest start of the text, not empty, that this
    /// fits as a whole.
    pub(super) fn prefix(&self, text: &str, longest: bool) -> Option<usize> {
        // state `n`: the first `n` tokens have fitted what was read.
        let mut states = vec![false; self.0.len() + 1];
        if let Some(first) = states.first_mut() {
            *first = true;
        }
        self.pass_stars(&mut states);
        let mut found = None;
        for (at, char) in text.char_indices() {
            states = self.step(&states, char);
            if !states.contains(&true) {
                break;
            }
            if states.last() == Some(&true) {
                found = Some(at + char.len_utf8());
                if !longest {
                    break;
                }
            }
        }
        found
    }

    fn step(&self, states: &[bool], char: char) -> Vec<bool> {
        let mut next = vec![false; states.len()];
        let moves = states.iter().zip(&self.0).enumerate();
        for (at, (_, token)) in moves.filter(|(_, (active, _))| **active) {
            let to = match token {
                Token::Any => at,
                _ if token.fits(char) => at + 1,
                _ => continue,
            };
            if let Some(state) = next.get_mut(to) {
                *state = true;
            }
        }
        self.pass_stars(&mut next);
        next
    }

    /// A `*` may also fit nothing.
    fn pass_stars(&self, states: &mut [bool]) {
        let mut passed = false;
        for (at, state) in states.iter_mut().enumerate() {
            *state |= passed;
            passed = *state && matches!(self.0.get(at), Some(Token::Any));
        }
    }
}

impl Token {
    fn fits(&self, char: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Char(wanted) => *wanted == char,
            Self::Class { negated, ranges } => {
                let within = ranges
                    .iter()
                    .any(|(low, high)| (*low..=*high).contains(&char));
                within != *negated
            }
        }
    }
}

/// What follows `[`, to its `]`.
fn class(chars: &mut std::str::Chars<'_>) -> Option<Token> {
    let negated = chars.as_str().starts_with('^');
    if negated {
        chars.next();
    }
    let mut ranges = Vec::new();
    loop {
        if chars.as_str().starts_with(']') && !ranges.is_empty() {
            chars.next();
            return Some(Token::Class { negated, ranges });
        }
        let low = class_char(chars)?;
        let high = if chars.as_str().starts_with('-') {
            chars.next();
            class_char(chars)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

fn class_char(chars: &mut std::str::Chars<'_>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        char => Some(char),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(pattern: &str, text: &str, longest: bool) -> Option<usize> {
        Glob::new(pattern).and_then(|glob| glob.prefix(text, longest))
    }

    #[test]
    fn finds_the_shortest_and_the_longest_start() {
        assert_eq!(prefix("*.", "a.b.c", false), Some(2));
        assert_eq!(prefix("*.", "a.b.c", true), Some(4));
        assert_eq!(prefix("*/", "/a/b", true), Some(3));
        assert_eq!(prefix("?", "é", true), Some(2));
        assert_eq!(prefix("[a-c]*[^x]", "abx", true), Some(2));
        assert_eq!(prefix("\\*", "*a", false), Some(1));
        assert_eq!(prefix("x", "abc", true), None);
        assert_eq!(prefix("*", "", true), None);
        assert_eq!(prefix("", "abc", true), None);
    }

    #[test]
    fn a_malformed_pattern_is_none() {
        for pattern in ["[", "[]", "[a", "[-a]", "a\\", "[a-]", "[^"] {
            assert!(Glob::new(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_their_number() {
        let text = "a".repeat(10_000);
        assert_eq!(prefix(&("*a".repeat(50) + "b"), &text, true), None);
    }
}
