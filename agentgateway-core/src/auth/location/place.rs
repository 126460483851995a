use std::{borrow::Cow, fmt, sync::Arc};

use http::{HeaderName, header::AUTHORIZATION, request};

use super::{cookie, header, query};
use crate::auth::Rejection;

/// Where in a request a credential stands.
#[derive(Clone)]
pub struct Location(Place);

#[derive(Clone)]
enum Place {
    Header { name: HeaderName, prefix: Box<str> },
    Query(Box<str>),
    Cookie(Box<str>),
    Read(Read),
}

type Read = Arc<dyn Fn(&request::Parts) -> Option<String> + Send + Sync>;

impl Location {
    /// `Authorization: Bearer`.
    #[must_use]
    pub fn bearer() -> Self {
        Self::header(AUTHORIZATION).prefix("Bearer ")
    }

    /// `Authorization: Basic`.
    #[must_use]
    pub fn basic() -> Self {
        Self::header(AUTHORIZATION).prefix("Basic ")
    }

    /// A header, the whole of its value.
    #[must_use]
    pub fn header(name: HeaderName) -> Self {
        let prefix = "".into();
        Self(Place::Header { name, prefix })
    }

    /// What stands before the credential in its header, such as `Bearer `. Case is of no account,
    /// nor are more spaces behind it. A header that does not begin so has no credential. Of no
    /// meaning for other places.
    #[must_use]
    pub fn prefix(mut self, before: impl Into<Box<str>>) -> Self {
        if let Place::Header { prefix, .. } = &mut self.0 {
            *prefix = before.into();
        }
        self
    }

    /// A parameter of the query, decoded.
    ///
    /// Queries are logged by proxies and kept by browsers: a header is the better place.
    pub fn query(name: impl Into<Box<str>>) -> Self {
        Self(Place::Query(name.into()))
    }

    /// A cookie.
    pub fn cookie(name: impl Into<Box<str>>) -> Self {
        Self(Place::Cookie(name.into()))
    }

    /// Wherever this finds it. It cannot be taken out of the request from there.
    pub fn read(read: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Place::Read(Arc::new(read)))
    }

    /// The credential, `None` where there is none.
    ///
    /// # Errors
    /// [`Rejection`] where there is more than one, or where it is not text.
    pub fn find<'a>(&self, head: &'a request::Parts) -> Result<Option<Cow<'a, str>>, Rejection> {
        match &self.0 {
            Place::Header { name, prefix } => only(header::all(&head.headers, name, prefix)),
            Place::Query(name) => only(query::all(head.uri.query().unwrap_or_default(), name)),
            Place::Cookie(name) => only(cookie::all(&head.headers, name)),
            Place::Read(read) => Ok(read(head).map(Cow::Owned)),
        }
    }

    /// Takes every credential that stands here out of the request, and leaves all else as it is.
    /// Gives the first.
    pub fn take(&self, head: &mut request::Parts) -> Option<String> {
        let found = self.first(head)?;
        match &self.0 {
            Place::Header { name, prefix } => header::take(&mut head.headers, name, prefix),
            Place::Query(name) => query::take(&mut head.uri, name),
            Place::Cookie(name) => cookie::take(&mut head.headers, name),
            Place::Read(_) => {}
        }
        Some(found)
    }

    /// The first of what [`take`](Self::take) takes, also where it is not text.
    fn first(&self, head: &request::Parts) -> Option<String> {
        let first = match &self.0 {
            Place::Header { name, prefix } => header::all(&head.headers, name, prefix).next(),
            Place::Query(name) => {
                let text = head.uri.query().unwrap_or_default();
                query::all(text, name).next()
            }
            Place::Cookie(name) => cookie::all(&head.headers, name).next(),
            Place::Read(read) => return read(head),
        };
        first.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The scheme of `WWW-Authenticate` that asks for what stands here.
    pub(in crate::auth) fn scheme(&self) -> Option<&str> {
        match &self.0 {
            Place::Header { name, prefix } if name == AUTHORIZATION => Some(prefix.trim_end()),
            _ => None,
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Header { name, prefix } => {
                let mut header = f.debug_struct("Header");
                header.field("name", name).field("prefix", prefix).finish()
            }
            Place::Query(name) => f.debug_tuple("Query").field(name).finish(),
            Place::Cookie(name) => f.debug_tuple("Cookie").field(name).finish(),
            Place::Read(_) => f.write_str("Read"),
        }
    }
}

fn only<'a>(
    mut found: impl Iterator<Item = Cow<'a, [u8]>>,
) -> Result<Option<Cow<'a, str>>, Rejection> {
    let Some(first) = found.next() else {
        return Ok(None);
    };
    if found.next().is_some() {
        let message = "the credential is given more than once";
        return Err(Rejection::unclear(message, "repeated"));
    }
    let text = match first {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    };
    text.map(Some).ok_or(Rejection::unclear(
        "the credential is not text",
        "malformed",
    ))
}
