//! A request that somebody asks about, as the query of `/explain` has it.

use agentgateway_core::route::{Head, without_port};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header::HOST};

use crate::config::{
    explain::{Explanation, Where, explain},
    snapshot::Snapshot,
};

/// The most headers that a question may have.
const MAX_HEADERS: usize = 100;

/// Explains the request that a query describes.
///
/// # Errors
/// What the query lacks.
pub(super) fn answer(snapshot: &Snapshot, query: &str) -> Result<Explanation, &'static str> {
    let mut place = Where::default();
    let (mut host, mut path, mut asked) = (String::new(), None, None);
    let (mut method, mut headers) = (Method::GET, HeaderMap::new());
    for part in query.split('&') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = percent_encoding::percent_decode_str(value)
            .decode_utf8_lossy()
            .into_owned();
        match name {
            "port" => place.port = value.parse().map_err(|_| "port must be a number\n")?,
            "gateway" => place.gateway = Some(value),
            "listener" => place.listener = Some(value),
            "host" => host = value,
            "path" => path = Some(value),
            "query" => asked = Some(value),
            "method" => method = value.parse().map_err(|_| "method is none\n")?,
            "header" if headers.len() < MAX_HEADERS => {
                let (name, value) = header(&value).ok_or("header must be NAME:VALUE\n")?;
                headers.append(name, value);
            }
            _ => {}
        }
    }
    let path = path
        .ok_or("needs port and path; may have method, host, query, header, gateway, listener\n")?;
    let head = Head {
        host: without_port(&host),
        authority: (!headers.contains_key(HOST)).then_some(&*host),
        method: &method,
        path: &path,
        query: asked.as_deref(),
        headers: &headers,
    };
    Ok(explain(snapshot, &place, &head))
}

fn header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once(':')?;
    Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
}
