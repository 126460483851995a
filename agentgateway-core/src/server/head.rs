//! What a head must be before the service sees it, beyond what hyper demands.

use http::{
    HeaderMap, Method, Request, Uri, Version,
    header::{HOST, HeaderName, UPGRADE},
    uri::Authority,
};
use memchr::memchr_iter;

use super::{Config, host::KnownHost, refusal::Refusal};

/// What an upgrade to HTTP/2 brings along. Neither is answered, and neither goes further.
const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// Checks the head and takes out what ends at this hop.
pub(super) fn check<B>(
    request: &mut Request<B>,
    config: &Config,
    known: &KnownHost,
) -> Result<(), Refusal> {
    if request.method() == Method::CONNECT {
        return Err(Refusal::Connect);
    }
    if request.headers().len() > config.max_headers {
        return Err(Refusal::TooManyFields);
    }
    target(request.uri(), config.max_target_bytes)?;
    authority(request, known)?;
    upgrade(request.headers_mut())
}

fn target(uri: &Uri, max_bytes: usize) -> Result<(), Refusal> {
    // The form of CONNECT, without a path.
    let target = uri.path_and_query().ok_or(Refusal::BadTarget)?.as_str();
    if target.len() > max_bytes {
        return Err(Refusal::TargetTooLong);
    }
    let bytes = target.as_bytes();
    for at in memchr_iter(b'%', bytes) {
        match bytes.get(at + 1..at + 3) {
            Some([high, low]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {}
            _ => return Err(Refusal::BadEscape),
        }
    }
    Ok(())
}

/// The request is for one host, named in a way that cannot be read in two ways.
fn authority<B>(request: &Request<B>, known: &KnownHost) -> Result<(), Refusal> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (host, further) = (hosts.next(), hosts.next());
    if further.is_some() {
        return Err(Refusal::ManyHosts);
    }
    let named = request.uri().authority().map(Authority::as_str);
    if named.is_some_and(|authority| authority.contains('@')) {
        return Err(Refusal::UserInfo);
    }
    let valid = |host: &[u8]| known.is_valid(host).then_some(()).ok_or(Refusal::BadHost);
    match (host, named) {
        (Some(host), Some(named)) => {
            if !host.as_bytes().eq_ignore_ascii_case(named.as_bytes()) {
                return Err(Refusal::HostDiffers);
            }
            valid(host.as_bytes())
        }
        (Some(host), None) => valid(host.as_bytes()),
        // HTTP/2 names it in the target; HTTP/1.1 must not do without the field.
        (None, Some(named)) if request.version() != Version::HTTP_11 => valid(named.as_bytes()),
        (None, None) if request.version() == Version::HTTP_10 => Ok(()),
        (None, _) => Err(Refusal::NoHost),
    }
}

/// An upgrade to HTTP/2 is an offer that may be ignored (RFC 9110, 7.8), and clients make it
/// unasked. A client that asks for another protocol waits for it.
fn upgrade(headers: &mut HeaderMap) -> Result<(), Refusal> {
    if !headers.contains_key(UPGRADE) {
        return Ok(());
    }
    let ignored = headers.get_all(UPGRADE).iter().all(|value| {
        let mut names = value.as_bytes().split(|byte| *byte == b',');
        names.all(|name| name.trim_ascii().eq_ignore_ascii_case(b"h2c"))
    });
    if !ignored {
        return Err(Refusal::Upgrade);
    }
    headers.remove(UPGRADE);
    headers.remove(HTTP2_SETTINGS);
    Ok(())
}
