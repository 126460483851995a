use std::net::SocketAddr;

use agentgateway_core::context::ClientAddr;
use cel::{
    common::{
        types::{CelInt, CelString},
        value::CowVal,
    },
    context::VariableResolver,
};
use http::{HeaderMap, Method, StatusCode, Uri, Version, header::HOST, request};

use super::headers::Headers;

/// What an expression may ask about, of one exchange.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    request: Option<Request<'a>>,
    source: Option<SocketAddr>,
    code: Option<StatusCode>,
    reveal: bool,
}

#[derive(Clone, Copy, Debug)]
struct Request<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
}

impl<'a> Facts<'a> {
    /// No exchange: constants alone have a value.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            request: None,
            source: None,
            code: None,
            reveal: false,
        }
    }

    /// A request, and the client's address where the request's extensions hold it.
    #[must_use]
    pub fn request(head: &'a request::Parts) -> Self {
        Self {
            request: Some(Request {
                method: &head.method,
                uri: &head.uri,
                version: head.version,
                headers: &head.headers,
            }),
            source: head
                .extensions
                .get::<ClientAddr>()
                .map(|found| found.addr()),
            code: None,
            reveal: false,
        }
    }

    /// The status of the answer.
    #[must_use]
    pub const fn response(mut self, code: StatusCode) -> Self {
        self.code = Some(code);
        self
    }

    /// Lets the expression see credentials: for a decision, never for what is written anywhere.
    /// Default: they read as `[redacted]`.
    #[must_use]
    pub const fn reveal_credentials(mut self) -> Self {
        self.reveal = true;
        self
    }
}

/// The authority of a request without its port.
pub(crate) fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    if let Some(host) = uri.host() {
        return Some(host);
    }
    let host = headers.get(HOST)?.to_str().ok()?;
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(name),
        _ => Some(host),
    }
}

fn text<'b>(value: &str) -> CowVal<'b, 'b> {
    CowVal::owned(CelString::from(value.to_owned()))
}

fn number<'b>(value: u16) -> CowVal<'b, 'b> {
    CowVal::owned(CelInt::from(i64::from(value)))
}

impl Request<'_> {
    fn resolve<'b>(&'b self, field: &str, reveal: bool) -> Option<CowVal<'b, 'b>> {
        Some(match field {
            "method" => text(self.method.as_str()),
            "path" => text(self.uri.path()),
            "uri" => match (self.uri.scheme_str(), self.uri.authority()) {
                (Some(scheme), Some(authority)) => {
                    text(&format!("{scheme}://{authority}{}", self.uri.path()))
                }
                _ => text(self.uri.path()),
            },
            "host" => text(host(self.uri, self.headers)?),
            "scheme" => text(self.uri.scheme_str().unwrap_or("http")),
            "version" => text(&format!("{:?}", self.version)),
            "headers" => CowVal::owned(Headers {
                map: self.headers,
                reveal,
            }),
            _ => return None,
        })
    }
}

impl VariableResolver for Facts<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let (room, field) = variable.split_once('.')?;
        match (room, field) {
            ("request", field) => self.request.as_ref()?.resolve(field, self.reveal),
            ("source", "address") => Some(text(&self.source?.ip().to_string())),
            ("source", "port") => Some(number(self.source?.port())),
            ("response", "code") => Some(number(self.code?.as_u16())),
            _ => None,
        }
    }
}
