//! What hyper's errors mean, and what they may say.

use std::{
    error::Error as StdError,
    fmt,
    hash::{Hash, Hasher},
    net::SocketAddr,
};

use http::{
    Extensions, HeaderValue, Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

use super::DialAddr;
use crate::error::{BoxError, Error, ErrorKind};

/// The longest chain of sources that is followed.
const MAX_SOURCES: usize = 16;

/// A service's name: scheme, host and port alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    scheme: Scheme,
    authority: Authority,
    /// Where to connect to, when the name is not to be looked up.
    dial: Option<SocketAddr>,
}

/// That of an `Authority` takes one step for each letter: names are equal in either case. Here eight
/// bytes are one step, without the bit in which the cases differ.
impl Hash for Target {
    fn hash<H: Hasher>(&self, state: &mut H) {
        const CASE: u64 = 0x2020_2020_2020_2020;
        for piece in self.authority.as_str().as_bytes().chunks(8) {
            let mut word = [0; 8];
            word.iter_mut()
                .zip(piece)
                .for_each(|(to, byte)| *to = *byte);
            state.write_u64(u64::from_le_bytes(word) | CASE);
        }
        state.write_u8(self.is_https().into());
        self.dial.hash(state);
    }
}

impl Target {
    /// None without a scheme that is spoken here, without a host, or with credentials.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme()?.clone();
        let authority = uri.authority()?.clone();
        let spoken = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
        let plain = !authority.host().is_empty() && !authority.as_str().contains('@');
        (spoken && plain).then_some(Self {
            scheme,
            authority,
            dial: None,
        })
    }

    /// The same, at the address that the request's extensions name, if they do.
    pub(super) fn dialled(mut self, extensions: &Extensions) -> Self {
        self.dial = extensions.get::<DialAddr>().map(|dial| dial.addr());
        self
    }

    /// Where to connect to, when the name is not to be looked up.
    pub(super) const fn dial(&self) -> Option<SocketAddr> {
        self.dial
    }

    pub(super) fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// As it is in the URI: an IPv6 address stands in brackets.
    pub(super) fn host(&self) -> &str {
        self.authority.host()
    }

    /// The scheme's own when none is named; none when what is named is no port.
    pub(super) fn port(&self) -> Option<u16> {
        match self.authority.as_str().strip_prefix(self.host()) {
            Some("" | ":") => Some(if self.is_https() { 443 } else { 80 }),
            _ => self.authority.port_u16(),
        }
    }

    /// The value of `Host`, without the port that the scheme implies.
    pub(super) fn host_header(&self) -> HeaderValue {
        let usual = if self.is_https() { 443 } else { 80 };
        let text = match self.authority.port_u16() {
            Some(port) if port == usual => self.authority.host(),
            _ => self.authority.as_str(),
        };
        // An authority holds none of the bytes that a value must not.
        HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The URI of `path` here, as HTTP/2 names it; `host` is in the place of the target's.
    pub(super) fn uri(&self, path: PathAndQuery, host: Option<&HeaderValue>) -> Uri {
        let own = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(own.unwrap_or_else(|| self.authority.clone()));
        parts.path_and_query = Some(path);
        // INVARIANT: with scheme, authority and path a URI is whole.
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// An error about this service; `words` go on behind its name, which the operator alone reads: to clients it is
    /// the service, and not where within a network that is.
    pub(super) fn error(&self, kind: ErrorKind, words: impl fmt::Display) -> Error {
        Error::new(kind, format!("the service {words}")).with_detail(format!("{self} {words}"))
    }

    /// An error from before the head of the answer.
    pub(super) fn failed<E: Into<BoxError>>(&self, error: E) -> Error {
        let error = error.into();
        match recognise(error.as_ref()) {
            Some((kind, words)) => self.error(kind, words).with_source(error),
            None => Error::from_boxed(error),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// An error from the body of the answer.
pub(super) fn broken_body(error: hyper::Error) -> Error {
    match recognise(&error) {
        Some((kind, words)) => Error::new(kind, format!("the service {words}")).with_source(error),
        None => Error::from_boxed(error.into()),
    }
}

/// None when the chain holds an [`Error`], which says it better, or nothing known.
fn recognise(error: &(dyn StdError + 'static)) -> Option<(ErrorKind, &'static str)> {
    let mut found = None;
    let mut cause = Some(error);
    for _ in 0..MAX_SOURCES {
        let Some(current) = cause else { break };
        if current.is::<Error>() {
            return None;
        }
        if let Some(error) = current.downcast_ref::<hyper::Error>() {
            found = found.or_else(|| Some(words_of(error)));
        }
        cause = current.source();
    }
    found
}

fn words_of(error: &hyper::Error) -> (ErrorKind, &'static str) {
    if error.is_parse() {
        (
            ErrorKind::BadAnswer,
            "sent an answer that is not valid HTTP",
        )
    } else if error.is_user() {
        (ErrorKind::Internal, "was not sent a valid request")
    } else {
        (ErrorKind::Unavailable, "broke the connection")
    }
}
