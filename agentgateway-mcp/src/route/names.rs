use ring::digest;

use super::federation::LongNames;

/// The longest name that clients are told, in characters, where it was made here.
pub(super) const MAX_NAME_CHARS: usize = 64;
const DIGEST_BYTES: usize = 8;
const TAIL_CHARS: usize = 1 + 2 * DIGEST_BYTES;
/// The scheme by which hosts know a user interface: what marks the target stands behind it.
const UI: &str = "ui://";

/// How names of servers become names that clients are told, and back.
///
/// No two become one: targets have no `_` and no `+`, so the first one of them separates, and a name that
/// looks as if it had been shortened is shortened itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Naming {
    /// Whether the target's name stands before.
    pub(super) prefixed: bool,
    /// Whether there is more than one target.
    pub(super) many: bool,
    pub(super) long: LongNames,
}

impl Naming {
    /// The name of a tool or prompt; `None` where it is too long and is left out.
    pub(super) fn name(self, target: &str, inner: &str) -> Option<String> {
        if !self.prefixed {
            return Some(inner.to_owned());
        }
        let full = format!("{target}_{inner}");
        match self.long {
            _ if self.is_told(&full) => Some(full),
            LongNames::Omit => None,
            LongNames::Shorten => Some(shortened(&full)),
        }
    }

    /// Whether a name with its target's before it is told as it is.
    pub(super) fn is_told(self, full: &str) -> bool {
        let fits = full.len() <= MAX_NAME_CHARS || full.chars().count() <= MAX_NAME_CHARS;
        fits && (self.long == LongNames::Omit || !is_shortened(full))
    }

    /// Whether this name must be looked up among those that were listed.
    pub(super) fn needs_index(self, outer: &str) -> bool {
        if self.prefixed {
            self.long == LongNames::Shorten && is_shortened(outer)
        } else {
            self.many
        }
    }

    /// Whether this target may have a thing of this name, as far as the name says.
    pub(super) fn may_be_of(self, target: &str, outer: &str) -> bool {
        if !self.prefixed {
            return true;
        }
        match outer.split_once('_') {
            Some((prefix, _)) if prefix == target => true,
            // The target's name was cut off, too.
            _ => is_shortened(outer) && head_of(outer).is_some_and(|head| target.starts_with(head)),
        }
    }

    pub(super) fn uri(self, target: &str, inner: &str) -> String {
        if !self.prefixed {
            return inner.to_owned();
        }
        mark(target, inner)
    }

    /// The target and its URI.
    pub(super) fn inner_uri(self, outer: &str) -> Option<(&str, String)> {
        unmark(outer)
    }

    /// The id of a task. Clients cannot find out where an id is from, so it always tells.
    pub(super) fn task(self, target: &str, inner: &str) -> String {
        if self.prefixed || self.many {
            format!("{target}+{inner}")
        } else {
            inner.to_owned()
        }
    }
}

fn mark(target: &str, inner: &str) -> String {
    match inner.strip_prefix(UI) {
        Some(rest) => format!("{UI}{target}+{rest}"),
        None => format!("{target}+{inner}"),
    }
}

fn unmark(outer: &str) -> Option<(&str, String)> {
    if let Some(rest) = outer.strip_prefix(UI) {
        let (target, rest) = rest.split_once('+')?;
        return Some((target, format!("{UI}{rest}")));
    }
    let (target, inner) = outer.split_once('+')?;
    // It has one name, and this is not it.
    (!inner.starts_with(UI)).then(|| (target, inner.to_owned()))
}

fn shortened(full: &str) -> String {
    let digest = digest::digest(&digest::SHA256, full.as_bytes());
    let mut text: String = full.chars().take(MAX_NAME_CHARS - TAIL_CHARS).collect();
    text.push('_');
    for byte in digest.as_ref().iter().take(DIGEST_BYTES) {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(nibble.into(), 16).unwrap_or('0'));
        }
    }
    text
}

/// Whether a name has the form that shortening gives.
fn is_shortened(name: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    name.chars().count() == MAX_NAME_CHARS
        && name
            .len()
            .checked_sub(TAIL_CHARS)
            .and_then(|at| name.as_bytes().get(at..))
            .and_then(<[u8]>::split_first)
            .is_some_and(|(first, hex)| *first == b'_' && hex.iter().copied().all(is_hex))
}

fn head_of(name: &str) -> Option<&str> {
    name.get(..name.len().checked_sub(TAIL_CHARS)?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const PREFIXED: Naming = Naming {
        prefixed: true,
        many: true,
        long: LongNames::Shorten,
    };

    #[test]
    fn long_names_are_shortened_or_left_out() {
        let long = "x".repeat(70);
        let short = PREFIXED.name("github", &long).unwrap();
        assert_eq!(short.chars().count(), 64);
        assert!(short.starts_with("github_xxx"), "{short}");
        assert!(PREFIXED.needs_index(&short));
        assert!(PREFIXED.may_be_of("github", &short));
        assert!(!PREFIXED.may_be_of("git", &short));
        // What looks as if it was shortened is shortened again.
        let twin = short.strip_prefix("github_").unwrap();
        assert_ne!(PREFIXED.name("github", twin).unwrap(), short);
        let omit = Naming {
            long: LongNames::Omit,
            ..PREFIXED
        };
        assert_eq!(omit.name("github", &long), None);
        assert_eq!(omit.name("github", twin).as_deref(), Some(&*short));
        // A target whose own name is cut.
        let target = "t".repeat(60);
        let short = PREFIXED.name(&target, "search").unwrap();
        assert!(PREFIXED.may_be_of(&target, &short));
    }

    #[test]
    fn uris_tell_their_target() {
        for (inner, outer) in [
            ("file:///a+b", "git+file:///a+b"),
            ("ui://app/x", "ui://git+app/x"),
            ("git+file:///x", "git+git+file:///x"),
            ("", "git+"),
        ] {
            assert_eq!(PREFIXED.uri("git", inner), outer);
            let back = PREFIXED.inner_uri(outer);
            assert_eq!(back, Some(("git", inner.to_owned())), "{outer}");
        }
        assert_eq!(PREFIXED.inner_uri("git+ui://app/x"), None);
        assert_eq!(PREFIXED.inner_uri("file:///x"), None);
    }

    proptest! {
        /// Fault M18: names with `_` and `__`, and names that look like another target's.
        #[test]
        fn no_two_names_become_one(
            names in prop::collection::hash_set(("[ab-]{1,3}", "[ab_]{0,4}|[a-f0-9_]{50,70}"), 2..40),
        ) {
            let mut told = HashMap::new();
            for (target, name) in names {
                let outer = PREFIXED.name(&target, &name).unwrap();
                prop_assert!(PREFIXED.may_be_of(&target, &outer));
                let other = told.insert(outer.clone(), (target, name));
                prop_assert!(other.is_none(), "{outer} is {other:?} too");
            }
        }

        #[test]
        fn uris_come_back(target in "[a-z0-9.-]{1,9}", uri in any::<String>()) {
            let outer = PREFIXED.uri(&target, &uri);
            prop_assert_eq!(PREFIXED.inner_uri(&outer), Some((&*target, uri)));
        }
    }
}
