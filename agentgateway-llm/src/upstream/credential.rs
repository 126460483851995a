use std::{error::Error as StdError, fmt};

use http::{HeaderName, HeaderValue, header};

/// The secret that a provider wants, with the header that it wants it in.
///
/// `Debug` tells the header's name alone, and the value is marked as sensitive, so that it is kept
/// out of logs and of header compression.
#[derive(Clone)]
pub struct Credential {
    name: HeaderName,
    value: HeaderValue,
}

/// The secret holds bytes that no header can. Nothing of it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidCredential;

impl Credential {
    /// `authorization: Bearer …`, as OpenAI and most that follow it want it.
    ///
    /// # Errors
    /// The secret holds bytes that no header can, such as a line feed at its end.
    pub fn bearer(secret: &str) -> Result<Self, InvalidCredential> {
        Self::header(header::AUTHORIZATION, &format!("Bearer {secret}"))
    }

    /// `x-api-key: …`, as Anthropic wants it.
    ///
    /// # Errors
    /// As for [`bearer`](Self::bearer).
    pub fn x_api_key(secret: &str) -> Result<Self, InvalidCredential> {
        Self::header(HeaderName::from_static("x-api-key"), secret)
    }

    /// `x-goog-api-key: …`, as Gemini wants it.
    ///
    /// # Errors
    /// As for [`bearer`](Self::bearer).
    pub fn x_goog_api_key(secret: &str) -> Result<Self, InvalidCredential> {
        Self::header(HeaderName::from_static("x-goog-api-key"), secret)
    }

    /// Any header, such as Azure's `api-key`.
    ///
    /// # Errors
    /// As for [`bearer`](Self::bearer).
    pub fn header(name: HeaderName, value: &str) -> Result<Self, InvalidCredential> {
        let mut value = HeaderValue::from_str(value).map_err(|_| InvalidCredential)?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }

    pub(super) const fn name(&self) -> &HeaderName {
        &self.name
    }

    pub(super) const fn value(&self) -> &HeaderValue {
        &self.value
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for InvalidCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the credential holds bytes that no header can, such as a line end")
    }
}

impl StdError for InvalidCredential {}
