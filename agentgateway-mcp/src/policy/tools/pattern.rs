use std::fmt;

/// A name in which each `*` stands for any characters, or none. Letters count as they are written.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// What stands between the stars; with one piece there is no star.
    pieces: Box<[Box<str>]>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            pieces: text.split('*').map(Into::into).collect(),
        }
    }

    /// One pass over the name.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let (first, middle, last) = match &*self.pieces {
            [] => return name.is_empty(),
            [only] => return **only == *name,
            [first, middle @ .., last] => (first, middle, last),
        };
        let rest = name.strip_prefix(&**first);
        let Some(mut rest) = rest.and_then(|rest| rest.strip_suffix(&**last)) else {
            return false;
        };
        // The first place of each piece leaves the most for those behind it.
        for piece in middle {
            match rest.split_once(&**piece) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
        true
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, piece) in self.pieces.iter().enumerate() {
            if at > 0 {
                f.write_str("*")?;
            }
            f.write_str(piece)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, matches) in [
            ("search", "search", true),
            ("search", "Search", false),
            ("search", "search2", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("read_*", "read_", true),
            ("read_*", "read_file", true),
            ("read_*", "unread_file", false),
            ("*_file", "read_file", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("a**b", "a-b", true),
            ("*ab*", "aab", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).matches(name),
                matches,
                "{pattern} {name}"
            );
        }
        assert_eq!(Pattern::new("a*b**").to_string(), "a*b**");
    }

    /// By trying everything.
    fn naive(pattern: &[u8], name: &[u8]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((b'*', rest)) => (0..=name.len()).any(|at| naive(rest, &name[at..])),
            Some((byte, rest)) => name.first() == Some(byte) && naive(rest, &name[1..]),
        }
    }

    proptest! {
        #[test]
        fn it_matches_as_trying_everything_does(pattern in "[ab*]{0,7}", name in "[ab]{0,9}") {
            let expected = naive(pattern.as_bytes(), name.as_bytes());
            prop_assert_eq!(Pattern::new(&pattern).matches(&name), expected);
        }
    }
}
