//! What a request's head says of the agent that it is for.

use agentgateway_core::{Error, ErrorKind};
use http::{HeaderMap, Uri, request};

use crate::{PublicUrl, wire::header};

/// The longest hint, in bytes.
const MAX_HINT_BYTES: usize = 512;

/// The host that a client asks for, in lower case, without a dot at its end.
pub(super) fn host(head: &request::Parts) -> Option<String> {
    let url = PublicUrl::of_request(head)?;
    Some(url.host().trim_end_matches('.').to_ascii_lowercase())
}

/// The header `x-a2a-skill`; an empty one says nothing.
///
/// # Errors
/// It stands there twice and differs, is too long, or no text.
pub(super) fn hint(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let mut values = headers.get_all(header::SKILL).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    let bad = |message| Error::new(ErrorKind::InvalidRequest, message);
    if values.any(|other| other != first) {
        return Err(bad("x-a2a-skill stands there twice; name one skill"));
    }
    if first.len() > MAX_HINT_BYTES {
        return Err(bad("x-a2a-skill is longer than 512 bytes"));
    }
    // Ids may have letters of any script.
    let text = std::str::from_utf8(first.as_bytes())
        .map_err(|_| bad("x-a2a-skill is not UTF-8"))?
        .trim();
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// The URI without so many bytes at the beginning of its path.
pub(super) fn without(uri: &Uri, taken: usize) -> Option<Uri> {
    let path = uri.path().get(taken..)?;
    let path = if path.is_empty() { "/" } else { path };
    let all = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(all.parse().ok()?);
    Uri::from_parts(parts).ok()
}
