//! What tells one content from another.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::File;

/// A digest of files: equal for equal names, texts and roles, and otherwise different, save by
/// chance (one in 2^64).
///
/// It is good for the life of a process, and no protection against who wants two files to be taken
/// for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of files, in this order.
    #[must_use]
    pub fn of(files: &[File]) -> Self {
        let mut hasher = DefaultHasher::new();
        files.len().hash(&mut hasher);
        for file in files {
            (file.name(), file.text(), file.role()).hash(&mut hasher);
        }
        Self(hasher.finish())
    }

    /// The fingerprint of anything that can be hashed.
    pub(super) fn of_hash(value: &impl Hash) -> Self {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::*;

    #[test]
    fn differs_when_a_name_text_or_role_does() {
        let file = File::new("a", "b");
        let one = Fingerprint::of(std::slice::from_ref(&file));
        assert_eq!(one, Fingerprint::of(&[File::new("a", "b")]));
        assert_ne!(one, Fingerprint::of(&[File::new("ab", "")]));
        assert_ne!(one, Fingerprint::of(&[file.with_role(Role::Flux)]));
        assert_ne!(one, Fingerprint::of(&[]));
        assert_eq!(one.to_string().len(), 16);
    }
}
