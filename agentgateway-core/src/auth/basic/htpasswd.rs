use std::{collections::HashMap, fmt};

use super::hash::PasswordHash;

/// How many users are kept.
const MAX_USERS: usize = 100_000;

/// The users of a file of `htpasswd`, each with the hash of a password.
#[derive(Clone)]
pub struct Htpasswd {
    places: HashMap<Box<str>, usize>,
    hashes: Vec<PasswordHash>,
}

impl Htpasswd {
    /// Reads lines of `name:hash`. Empty lines, those that begin with `#`, and what stands behind a
    /// second colon are left out. At most 100,000 users.
    ///
    /// # Errors
    /// [`InvalidHtpasswd`] names the first line that cannot be used, and why.
    pub fn parse(text: &str) -> Result<Self, InvalidHtpasswd> {
        let mut users = Self {
            places: HashMap::new(),
            hashes: Vec::new(),
        };
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let read = users.add(line);
            read.map_err(|fault| InvalidHtpasswd {
                line: at + 1,
                fault,
            })?;
        }
        if users.hashes.is_empty() {
            let fault = HtpasswdFault::Empty;
            return Err(InvalidHtpasswd { line: 1, fault });
        }
        Ok(users)
    }

    fn add(&mut self, line: &str) -> Result<(), HtpasswdFault> {
        let (name, rest) = line.split_once(':').ok_or(HtpasswdFault::Line)?;
        let hash = rest.split_once(':').map_or(rest, |(hash, _)| hash);
        if name.is_empty() {
            return Err(HtpasswdFault::Line);
        }
        if self.hashes.len() == MAX_USERS {
            return Err(HtpasswdFault::TooMany);
        }
        let hash = PasswordHash::parse(hash)?;
        let place = self.hashes.len();
        if self.places.insert(name.into(), place).is_some() {
            return Err(HtpasswdFault::Repeated);
        }
        self.hashes.push(hash);
        Ok(())
    }

    /// How many users there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// False: a file without a user is not read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether the password is that of the user.
    pub(super) fn is_right(&self, user: &str, password: &[u8], decoy: u64) -> bool {
        let (hash, is_own) = self.hash_for(user, decoy);
        let is_of = hash.is_some_and(|hash| hash.is_of(password));
        is_of && is_own
    }

    /// The hash to check, and whether it is the user's own. One who is not here takes the time of
    /// another, who is `decoy` of all.
    pub(super) fn hash_for(&self, user: &str, decoy: u64) -> (Option<&PasswordHash>, bool) {
        let own = self.places.get(user).copied();
        let all = u64::try_from(self.hashes.len()).unwrap_or(u64::MAX).max(1);
        let other = usize::try_from(decoy % all).unwrap_or_default();
        (self.hashes.get(own.unwrap_or(other)), own.is_some())
    }
}

impl fmt::Debug for Htpasswd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Htpasswd")
            .field("users", &self.hashes.len())
            .finish()
    }
}

/// A file of `htpasswd` cannot be used. Repeats nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHtpasswd {
    line: usize,
    fault: HtpasswdFault,
}

impl InvalidHtpasswd {
    /// The line, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn fault(&self) -> HtpasswdFault {
        self.fault
    }
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HtpasswdFault {
    /// There is no user in the file.
    Empty,
    /// It is not `name:hash`.
    Line,
    /// The user occurs twice.
    Repeated,
    /// The password is in plain text, by DES, or by a scheme that is not known.
    Scheme,
    /// The hash is cut or garbled.
    Malformed,
    /// Checking a password would take too long, or is no work at all.
    Cost,
    /// There are more than 100,000 users.
    TooMany,
}

impl fmt::Display for InvalidHtpasswd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        f.write_str(match self.fault {
            HtpasswdFault::Empty => "there is no user",
            HtpasswdFault::Line => "expected name:hash",
            HtpasswdFault::Repeated => "the user occurs twice",
            HtpasswdFault::Scheme => {
                "the password is in plain text, or hashed by a scheme that is not known: expected \
                 $2y$, $6$, $5$, $apr1$ or {SHA}"
            }
            HtpasswdFault::Malformed => "the hash is cut or garbled",
            HtpasswdFault::Cost => "the hash costs too much, or too little, to check",
            HtpasswdFault::TooMany => "there are more than 100000 users",
        })
    }
}

impl std::error::Error for InvalidHtpasswd {}
