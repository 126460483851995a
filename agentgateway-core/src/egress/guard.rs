use std::net::IpAddr;

use http::Uri;

use super::is_public;
use crate::{
    error::{Error, ErrorKind},
    forwarded::Networks,
};

/// The longest URL that a peer may name, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// Which URLs that a peer has named may be called, and which addresses may be dialled for them.
///
/// A URL is judged twice: its text when it comes ([`check`](Self::check), so that a peer is told at
/// once), and the address when it is dialled ([`allows`](Self::allows), by a client that was built
/// with it), since a name may lead elsewhere by then. Only the second is the guard.
///
/// Clones share nothing and cost little.
#[derive(Clone, Debug)]
pub struct Guard {
    http: bool,
    ports: Vec<u16>,
    hosts: Vec<Box<str>>,
    networks: Networks,
    max_url_bytes: usize,
}

impl Guard {
    /// `https` to any public host, on port 443 or one above 1023.
    #[must_use]
    pub fn new() -> Self {
        Self {
            http: false,
            ports: Vec::new(),
            hosts: Vec::new(),
            networks: Networks::default(),
            max_url_bytes: MAX_URL_BYTES,
        }
    }

    /// Allows `http` as well, on port 80 or one above 1023. Default: refused.
    #[must_use]
    pub const fn allow_http(mut self) -> Self {
        self.http = true;
        self
    }

    /// Allows a port below 1024 besides those of the schemes, for which other protocols may listen
    /// that take a request for one of theirs. Default: none.
    #[must_use]
    pub fn allow_port(mut self, port: u16) -> Self {
        self.ports.push(port);
        self
    }

    /// Allows a host, by its name or as `*.example.com` (any host below it). Default: every host; once
    /// one is named, no other.
    #[must_use]
    pub fn allow_host(mut self, host: &str) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.push(host.into());
        self
    }

    /// Allows the addresses of these networks although they are not public. Default: none.
    #[must_use]
    pub fn allow_networks(mut self, networks: Networks) -> Self {
        self.networks = networks;
        self
    }

    /// The longest URL, in bytes. Default: 2,048. A longer one is refused.
    #[must_use]
    pub const fn max_url_bytes(mut self, limit: usize) -> Self {
        self.max_url_bytes = limit;
        self
    }

    /// Whether this address may be dialled.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.networks.contain(address.to_canonical())
    }

    /// Judges the text of a URL, and gives it as it will be called.
    ///
    /// An address in it must be one that may be dialled. Spellings of addresses that only some
    /// resolvers take for such (`0x7f.1`, `2130706433`, `0177.0.0.1`) are refused as what they are:
    /// no host is named so.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest): it is no absolute URL, is too long, or carries a
    /// user, or a fragment. [`Forbidden`](ErrorKind::Forbidden): its scheme, host, port or address is
    /// not allowed. The words say which, and never repeat the URL.
    pub fn check(&self, url: &str) -> Result<Uri, Error> {
        if url.len() > self.max_url_bytes {
            let words = format!("the URL is longer than {} bytes", self.max_url_bytes);
            return Err(invalid(words));
        }
        if url.contains('#') {
            return Err(invalid("the URL has a fragment"));
        }
        let uri: Uri = url.parse().map_err(|_| invalid("this is no URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(invalid("the URL must be absolute, as in https://host/path"));
        };
        if authority.as_str().contains('@') {
            return Err(invalid("the URL names a user; leave it out"));
        }
        self.scheme(scheme)?;
        self.host(authority.host())?;
        match authority.port_u16() {
            Some(port) if port > 0 => self.port(scheme, port)?,
            // What is behind the host is no number of a port.
            None if authority.as_str() == authority.host() => {}
            Some(_) | None => return Err(invalid("the URL has no valid port")),
        }
        Ok(uri)
    }

    fn scheme(&self, scheme: &str) -> Result<(), Error> {
        match scheme {
            "https" => Ok(()),
            "http" if self.http => Ok(()),
            _ if self.http => Err(forbidden("the URL must begin with https:// or http://")),
            _ => Err(forbidden("the URL must begin with https://")),
        }
    }

    fn port(&self, scheme: &str, port: u16) -> Result<(), Error> {
        let own = if scheme == "https" { 443 } else { 80 };
        if port == own || port > 1023 || self.ports.contains(&port) {
            return Ok(());
        }
        Err(forbidden(format!("port {port} is not allowed in this URL")))
    }

    fn host(&self, host: &str) -> Result<(), Error> {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        if let Some(address) = literal(&name) {
            if !self.allows(address) {
                return Err(forbidden("the URL names an address that is not public"));
            }
        } else if name.is_empty() || name.starts_with('[') || ends_in_a_number(&name) {
            return Err(invalid("the URL names no host"));
        }
        if self.hosts.is_empty() || self.hosts.iter().any(|allowed| covers(allowed, &name)) {
            return Ok(());
        }
        Err(forbidden("the host of the URL is not an allowed one"))
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self::new()
    }
}

/// The address that a host spells out, as a URI does.
fn literal(host: &str) -> Option<IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(inner) => inner.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// Whether some resolvers take the host for an address.
///
/// # Source
/// WHATWG URL, "ends in a number checker".
fn ends_in_a_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
}

fn covers(allowed: &str, host: &str) -> bool {
    match allowed.strip_prefix('*') {
        Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
        None => host == allowed,
    }
}

fn invalid(words: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidRequest, words)
}

fn forbidden(words: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Forbidden, words)
}
