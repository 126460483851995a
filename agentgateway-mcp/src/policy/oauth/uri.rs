use std::fmt;

use http::Uri;

/// A URL of OAuth: where a resource, an authorization server or a document is.
///
/// # Source
/// RFC 9728, 1.2 and 2; RFC 8414, 2; RFC 8707, 2: absolute, without a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    text: Box<str>,
    path: Box<str>,
}

/// What is said of a resource cannot be its metadata.
///
/// Says which member and why, and never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidResource {
    member: Box<str>,
    why: &'static str,
}

/// The longest URL, in bytes.
const MAX_URL_BYTES: usize = 2048;

impl Url {
    /// Reads the URL of this member.
    ///
    /// What a browser, a shell or a header could take for more than a URL is refused, however URIs
    /// may be spelled: clients open these URLs.
    pub(super) fn parse(member: &str, text: &str) -> Result<Self, InvalidResource> {
        let invalid = |why| Err(InvalidResource::new(member, why));
        if text.len() > MAX_URL_BYTES {
            return invalid("is longer than 2,048 bytes");
        }
        if text.contains('#') {
            return invalid("has a fragment");
        }
        if !text.bytes().all(is_plain) {
            return invalid("has characters that no such URL needs");
        }
        let Ok(uri) = text.parse::<Uri>() else {
            return invalid("is no URL");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return invalid("is no absolute URL");
        };
        if !["https", "http"].contains(&scheme) {
            return invalid("begins with neither https:// nor http://");
        }
        if authority.as_str().contains('@') {
            return invalid("names a user");
        }
        if authority.host().is_empty() {
            return invalid("names no host");
        }
        Ok(Self {
            text: text.into(),
            path: uri.path().into(),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Its path; empty where it is `/` alone.
    pub(super) fn path(&self) -> &str {
        if *self.path == *"/" { "" } else { &self.path }
    }

    pub(super) fn has_query(&self) -> bool {
        self.text.contains('?')
    }

    /// Scheme and authority, as they are written.
    pub(super) fn origin(&self) -> &str {
        let start = self.text.find("://").map_or(0, |at| at + "://".len());
        let rest = self.text.get(start..).unwrap_or_default();
        let end = rest
            .find(['/', '?'])
            .map_or(self.text.len(), |at| start + at);
        self.text.get(..end).unwrap_or_default()
    }
}

/// Of RFC 3986 what is neither a quote, a bracket of a shell, nor a sign that one expands.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b':'
                | b'/'
                | b'?'
                | b'@'
                | b'!'
                | b'&'
                | b'*'
                | b'+'
                | b','
                | b'='
                | b'%'
                | b'['
                | b']'
        )
}

// === impl InvalidResource ===

impl InvalidResource {
    pub(super) fn new(member: &str, why: &'static str) -> Self {
        let member = member.into();
        Self { member, why }
    }

    /// The member of the metadata that it is about.
    #[must_use]
    pub fn member(&self) -> &str {
        &self.member
    }
}

impl fmt::Display for InvalidResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.member, self.why)
    }
}

impl std::error::Error for InvalidResource {}
