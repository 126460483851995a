//! What rules ask of requests.

use agentgateway_core::route::{
    HeaderMatch, PathMatch, Pattern, QueryMatch, RequestMatch, ValueMatch,
};
use http::{HeaderName, Method};

use super::Fault;
use crate::config::resource::{
    GrpcMatch, HttpMatch, HttpMethod, MatchType, PathMatchType, ValueMatchSpec,
};
use crate::config::suggest::quoted;

const REASON: &str = "UnsupportedValue";

/// The matches of a rule of an HTTPRoute; every request when there is none.
///
/// # Errors
/// An expression is none, or a name is none.
pub(super) fn http(matches: &[HttpMatch], path: &str) -> Result<Vec<RequestMatch>, Fault> {
    let one = |(index, asked)| http_match(asked, &format!("{path}.matches[{index}]"));
    let found: Result<Vec<_>, _> = matches.iter().enumerate().map(one).collect();
    found.map(or_every)
}

/// The matches of a rule of a GRPCRoute; every call when there is none.
///
/// # Errors
/// An expression is none, or a name is none.
pub(super) fn grpc(matches: &[GrpcMatch], path: &str) -> Result<Vec<RequestMatch>, Fault> {
    let one = |(index, asked)| grpc_match(asked, &format!("{path}.matches[{index}]"));
    let found: Result<Vec<_>, _> = matches.iter().enumerate().map(one).collect();
    found.map(or_every)
}

fn or_every(found: Vec<RequestMatch>) -> Vec<RequestMatch> {
    if found.is_empty() {
        vec![RequestMatch::default()]
    } else {
        found
    }
}

fn http_match(asked: &HttpMatch, path: &str) -> Result<RequestMatch, Fault> {
    let mut found = RequestMatch::default();
    let text = asked.path.value.clone();
    found.path = match asked.path.kind {
        PathMatchType::Exact => PathMatch::Exact(text),
        PathMatchType::PathPrefix => PathMatch::Prefix(text),
        PathMatchType::RegularExpression => {
            PathMatch::Regex(pattern(&text, &format!("{path}.path.value"))?)
        }
    };
    found.method = asked.method.map(method);
    found.headers = headers(&asked.headers, path)?;
    for (index, query) in asked.query_params.iter().enumerate() {
        if found.query.iter().all(|earlier| earlier.name != query.name) {
            let value = value(query, &format!("{path}.queryParams[{index}].value"))?;
            let name = query.name.clone();
            found.query.push(QueryMatch { name, value });
        }
    }
    Ok(found)
}

fn grpc_match(asked: &GrpcMatch, path: &str) -> Result<RequestMatch, Fault> {
    let method = asked.method.as_ref();
    let named = |name: Option<&String>| name.cloned().filter(|name| !name.is_empty());
    let service = named(method.and_then(|it| it.service.as_ref()));
    let name = named(method.and_then(|it| it.method.as_ref()));
    let (service, name) = (service.as_deref(), name.as_deref());
    let mut found = match method.map(|it| it.kind).unwrap_or_default() {
        MatchType::Exact => RequestMatch::grpc(service, name),
        MatchType::RegularExpression => RequestMatch::grpc_regex(service, name)
            .map_err(|error| Fault::new(format!("{path}.method"), REASON, error.to_string()))?,
    };
    found.headers = headers(&asked.headers, path)?;
    Ok(found)
}

/// Matches of headers, of each name the first.
fn headers(asked: &[ValueMatchSpec], path: &str) -> Result<Vec<HeaderMatch>, Fault> {
    let mut found: Vec<HeaderMatch> = Vec::new();
    for (index, header) in asked.iter().enumerate() {
        let path = format!("{path}.headers[{index}]");
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| {
            let message = format!("{} is no name of a header", quoted(&header.name));
            Fault::new(format!("{path}.name"), REASON, message)
        })?;
        if found.iter().all(|earlier| earlier.name != name) {
            let value = value(header, &format!("{path}.value"))?;
            found.push(HeaderMatch { name, value });
        }
    }
    Ok(found)
}

fn value(asked: &ValueMatchSpec, path: &str) -> Result<ValueMatch, Fault> {
    Ok(match asked.kind {
        MatchType::Exact => ValueMatch::Exact(asked.value.clone()),
        MatchType::RegularExpression => ValueMatch::Regex(pattern(&asked.value, path)?),
    })
}

fn pattern(text: &str, path: &str) -> Result<Pattern, Fault> {
    Pattern::new(text).map_err(|error| Fault::new(path, REASON, error.to_string()))
}

const fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Connect => Method::CONNECT,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Trace => Method::TRACE,
        HttpMethod::Patch => Method::PATCH,
    }
}
