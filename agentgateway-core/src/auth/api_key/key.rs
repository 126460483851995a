use std::{fmt, time::SystemTime};

use serde_json::{Map, Value};

use super::super::digest::Digest;
use crate::context::{AuthMethod, Principal};

/// What stands before a digest in hexadecimal.
const HASHED: &str = "sha256:";

/// An API key: who has it, and what is known of them.
///
/// The key itself is not kept, only its SHA-256. That is safe for keys that nobody can guess: random
/// ones of 128 bits or more. `Debug` shows the name.
#[derive(Clone)]
pub struct ApiKey {
    pub(super) digest: Digest,
    pub(super) principal: Principal,
    pub(super) expires: Option<SystemTime>,
}

impl ApiKey {
    /// The key of whom `name` names: in plain, or `sha256:` and the 64 hexadecimal digits of its
    /// SHA-256.
    ///
    /// # Errors
    /// [`InvalidApiKey`] when the key is empty, or its digest is none.
    pub fn new(name: impl Into<Box<str>>, key: &str) -> Result<Self, InvalidApiKey> {
        let name = name.into();
        let digest = match key.strip_prefix(HASHED) {
            Some(digits) => Digest::from_hex(digits).ok_or(Fault::Digest),
            None if key.is_empty() => Err(Fault::Empty),
            None => Ok(Digest::of(key.as_bytes())),
        };
        match digest {
            Ok(digest) => Ok(Self {
                digest,
                principal: Principal::new(AuthMethod::ApiKey, name),
                expires: None,
            }),
            Err(fault) => Err(InvalidApiKey::new(name, fault)),
        }
    }

    /// What is known of whom the key belongs to: the [claims](Principal::claims) of the principal.
    /// Default: nothing.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.principal = self.principal.with_claims(metadata);
        self
    }

    /// From when on the key is not valid any more. Default: never.
    #[must_use]
    pub const fn expires_at(mut self, end: SystemTime) -> Self {
        self.expires = Some(end);
        self
    }

    /// Whose it is.
    #[must_use]
    pub fn name(&self) -> &str {
        self.principal.name()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey")
            .field("name", &self.name())
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// A key cannot be used. Says whose it is, and never repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidApiKey {
    name: Box<str>,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Empty,
    Digest,
    Shared(Box<str>),
    TooMany(usize),
}

impl InvalidApiKey {
    pub(super) fn new(name: impl Into<Box<str>>, fault: Fault) -> Self {
        let name = name.into();
        Self { name, fault }
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for InvalidApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the API key of {:?} ", self.name)?;
        match &self.fault {
            Fault::Empty => f.write_str("is empty"),
            Fault::Digest => f.write_str("has no 64 hexadecimal digits behind sha256:"),
            Fault::Shared(other) => write!(f, "is that of {other:?} too"),
            Fault::TooMany(most) => write!(f, "is one too many: at most {most} are kept"),
        }
    }
}

impl std::error::Error for InvalidApiKey {}
