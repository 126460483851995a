#[cfg(feature = "sigv4")]
use std::sync::Arc;
use std::{error::Error as StdError, fmt};

use agentgateway_core::Error;
#[cfg(feature = "sigv4")]
use agentgateway_core::ErrorKind;
use http::{HeaderName, HeaderValue, header, request};

#[cfg(feature = "sigv4")]
use super::AwsKey;

/// The secret that a provider wants, with the header that it wants it in.
///
/// `Debug` tells the header's name alone, and the value is marked as sensitive, so that it is kept
/// out of logs and of header compression.
#[derive(Clone)]
pub struct Credential(Kind);

#[derive(Clone)]
enum Kind {
    Header {
        name: HeaderName,
        value: HeaderValue,
    },
    #[cfg(feature = "sigv4")]
    Aws(Arc<AwsKey>),
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
        Ok(Self(Kind::Header { name, value }))
    }

    /// Signs each request, as Bedrock wants it.
    #[cfg(feature = "sigv4")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sigv4")))]
    #[must_use]
    pub fn aws(key: AwsKey) -> Self {
        Self(Kind::Aws(Arc::new(key)))
    }

    /// Attaches it to a request that is ready otherwise. `body` is `None` where the body is not in memory.
    pub(super) fn attach(
        &self,
        head: &mut request::Parts,
        body: Option<&[u8]>,
    ) -> Result<(), Error> {
        #[cfg(not(feature = "sigv4"))]
        let _ = body;
        match &self.0 {
            Kind::Header { name, value } => {
                head.headers.insert(name, value.clone());
                Ok(())
            }
            #[cfg(feature = "sigv4")]
            Kind::Aws(key) => {
                let words = "a request whose body is not in memory cannot be signed";
                let body = body.ok_or_else(|| Error::new(ErrorKind::Internal, words))?;
                key.sign(head, body).map_err(|error| {
                    Error::new(ErrorKind::Internal, "the request cannot be signed")
                        .with_source(error)
                })
            }
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Header { name, .. } => f
                .debug_struct("Credential")
                .field("name", name)
                .finish_non_exhaustive(),
            #[cfg(feature = "sigv4")]
            Kind::Aws(key) => f.debug_tuple("Credential").field(key).finish(),
        }
    }
}

impl fmt::Display for InvalidCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the credential holds bytes that no header can, such as a line end")
    }
}

impl StdError for InvalidCredential {}
