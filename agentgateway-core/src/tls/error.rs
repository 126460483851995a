use std::fmt;

use crate::error::BoxError;

/// A certificate, a key, or another setting of TLS cannot be used.
#[derive(Debug)]
pub struct TlsError {
    words: &'static str,
    source: Option<BoxError>,
}

impl TlsError {
    pub(crate) fn new(words: &'static str, source: impl Into<BoxError>) -> Self {
        Self {
            words,
            source: Some(source.into()),
        }
    }

    pub(crate) const fn bare(words: &'static str) -> Self {
        Self {
            words,
            source: None,
        }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)
    }
}

impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
