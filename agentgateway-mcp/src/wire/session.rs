use std::fmt;

use http::HeaderMap;

use super::headers;

/// The id of a session, as the server gave it.
///
/// Who knows it may act in the session, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(Box<str>);

impl SessionId {
    /// Reads `Mcp-Session-Id`; `None` when it is missing, empty, there twice or not visible ASCII.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(headers::SESSION_ID).iter();
        let value = values.next()?.to_str().ok()?;
        let fits = !value.is_empty() && values.next().is_none();
        fits.then(|| Self(value.into()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}
