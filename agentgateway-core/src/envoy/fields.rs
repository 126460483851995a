use std::{fmt, sync::Arc};

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
        TRAILER, TRANSFER_ENCODING, UPGRADE,
    },
};

/// Fields that say where a message begins and ends, and whose it is: no service writes those.
static FRAMING: [HeaderName; 13] = [
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The most fields that one answer of a service may bring.
pub(super) const MAX_FIELDS: usize = 256;

/// Which header fields are meant.
///
/// # Example
/// ```
/// use agentgateway_core::envoy::HeaderFilter;
/// use http::header::{ACCEPT, AUTHORIZATION, COOKIE};
///
/// assert!(HeaderFilter::all().takes(&COOKIE));
/// assert!(HeaderFilter::only([AUTHORIZATION]).takes(&AUTHORIZATION));
/// assert!(!HeaderFilter::only([AUTHORIZATION]).takes(&ACCEPT));
/// assert!(!HeaderFilter::except([COOKIE]).takes(&COOKIE));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderFilter {
    names: Arc<[HeaderName]>,
    /// Whether the names are those that are taken.
    takes: bool,
}

impl HeaderFilter {
    /// Every field.
    #[must_use]
    pub fn all() -> Self {
        Self::except([])
    }

    /// No field.
    #[must_use]
    pub fn none() -> Self {
        Self::only([])
    }

    /// These fields.
    pub fn only(names: impl IntoIterator<Item = HeaderName>) -> Self {
        Self {
            names: names.into_iter().collect(),
            takes: true,
        }
    }

    /// Every field but these.
    pub fn except(names: impl IntoIterator<Item = HeaderName>) -> Self {
        Self {
            names: names.into_iter().collect(),
            takes: false,
        }
    }

    /// Whether this field is meant.
    #[must_use]
    pub fn takes(&self, name: &HeaderName) -> bool {
        self.names.contains(name) == self.takes
    }

    /// The fields that are taken, where they are named.
    pub(super) fn named(&self) -> &[HeaderName] {
        if self.takes { &self.names } else { &[] }
    }
}

impl fmt::Debug for HeaderFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.takes { "only " } else { "except " })?;
        f.debug_list().entries(self.names.iter()).finish()
    }
}

/// Whether a service may write this field.
pub(super) fn is_free(name: &HeaderName) -> bool {
    !FRAMING.contains(name)
}

/// Adds a field, where there is still room for one.
pub(super) fn append(headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
    // The map is full at 32,768 fields, of which a service brings but a few.
    let _ = headers.try_append(name, value.clone());
}

/// Replaces a field, where there is still room for one.
pub(super) fn insert(headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
    let _ = headers.try_insert(name, value.clone());
}

/// Removes what describes a body that is not sent along.
pub(super) fn without_content(headers: &mut HeaderMap) {
    crate::upstream::retain_headers(headers, |name| !name.as_str().starts_with("content-"));
}
