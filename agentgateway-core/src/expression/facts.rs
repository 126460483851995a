use std::net::SocketAddr;

use cel::{
    ExecutionError,
    common::{
        types::{CelBool, CelInt, CelString, CelUInt},
        value::CowVal,
    },
    context::VariableResolver,
};
use http::{Extensions, HeaderMap, Method, StatusCode, Uri, Version, header::HOST, request};
use serde_json::{Map, Value as Json};

use super::{
    claim, headers,
    room::{CLAIMS, HEADERS, RESPONSE_HEADERS, Room},
};
use crate::{
    context::{AuthMethod, CallView, ClientAddr, ClientCertificate, Fact, Principal},
    transform::Metadata,
};

/// The longest body that an expression may ask for, in bytes: a longer one has no value.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What an expression may ask about, of one exchange.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    request: Option<Request<'a>>,
    source: Option<SocketAddr>,
    code: Option<StatusCode>,
    answer: Option<&'a HeaderMap>,
    request_body: Option<&'a [u8]>,
    response_body: Option<&'a [u8]>,
    reveal: bool,
}

#[derive(Clone, Copy, Debug)]
struct Request<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

impl<'a> Facts<'a> {
    /// No exchange: constants alone have a value.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            request: None,
            source: None,
            code: None,
            answer: None,
            request_body: None,
            response_body: None,
            reveal: false,
        }
    }

    /// A request, and what its extensions hold: the client's address, the caller, the typed call.
    #[must_use]
    pub fn request(head: &'a request::Parts) -> Self {
        Self {
            request: Some(Request {
                method: &head.method,
                uri: &head.uri,
                version: head.version,
                headers: &head.headers,
                extensions: &head.extensions,
            }),
            source: head
                .extensions
                .get::<ClientAddr>()
                .map(|found| found.addr()),
            ..Self::none()
        }
    }

    /// The status of the answer.
    #[must_use]
    pub const fn response(mut self, code: StatusCode) -> Self {
        self.code = Some(code);
        self
    }

    /// The fields of the answer's head.
    #[must_use]
    pub const fn response_headers(mut self, headers: &'a HeaderMap) -> Self {
        self.answer = Some(headers);
        self
    }

    /// The whole body of the request. It has a value if it is text and no longer than
    /// [`MAX_BODY_BYTES`].
    #[must_use]
    pub const fn request_body(mut self, body: &'a [u8]) -> Self {
        self.request_body = Some(body);
        self
    }

    /// The whole body of the answer, as [`request_body`](Self::request_body).
    #[must_use]
    pub const fn response_body(mut self, body: &'a [u8]) -> Self {
        self.response_body = Some(body);
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
#[must_use]
pub fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
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

fn body<'b>(bytes: Option<&[u8]>) -> Option<CowVal<'b, 'b>> {
    let bytes = bytes.filter(|bytes| bytes.len() <= MAX_BODY_BYTES)?;
    std::str::from_utf8(bytes).ok().map(text)
}

fn number<'b>(value: u16) -> CowVal<'b, 'b> {
    CowVal::owned(CelInt::from(i64::from(value)))
}

fn fact<'b>(fact: Fact<'_>) -> CowVal<'b, 'b> {
    match fact {
        Fact::Text(value) => text(value),
        Fact::Truth(truth) => CowVal::owned(CelBool::from(truth)),
        Fact::Number(number) => match i64::try_from(number) {
            Ok(number) => CowVal::owned(CelInt::from(number)),
            Err(_) => CowVal::owned(CelUInt::from(number)),
        },
    }
}

impl Request<'_> {
    fn resolve<'b>(&self, field: &str) -> Option<CowVal<'b, 'b>> {
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
            _ => return None,
        })
    }

    fn caller(&self) -> Option<&Principal> {
        self.extensions.get()
    }

    fn claims(&self, method: AuthMethod) -> Option<&Map<String, Json>> {
        Some(self.caller()?.by(method)?.claims())
    }

    /// What an authorization service has told, also where it named no caller.
    fn told(&self) -> Option<&Map<String, Json>> {
        #[cfg(feature = "envoy")]
        if let Some(told) = self.extensions.get::<crate::envoy::authz::Metadata>() {
            return Some(told.members());
        }
        self.claims(AuthMethod::External)
    }

    /// What transformations have noted.
    fn noted(&self) -> Option<&Map<String, Json>> {
        self.extensions.get::<Metadata>().map(Metadata::members)
    }

    fn name<'b>(&self, method: AuthMethod) -> Option<CowVal<'b, 'b>> {
        self.caller()?.by(method).map(|caller| text(caller.name()))
    }

    /// Whom the connection's certificate names, if an authority vouches for it.
    fn identity(&self) -> Option<&str> {
        let known = self
            .caller()
            .and_then(|it| it.by(AuthMethod::ClientCertificate));
        known.map(Principal::name).or_else(|| {
            let shown = self.extensions.get::<ClientCertificate>()?;
            shown.is_verified().then(|| shown.identity())
        })
    }
}

impl Facts<'_> {
    /// The protocol of the typed call.
    pub(super) fn protocol(&self) -> Option<&'static str> {
        let view = self.request.as_ref()?.extensions.get::<CallView>()?;
        Some(view.protocol())
    }

    /// How many headers there are in this room, each name once.
    pub(super) fn header_names(&self, room: &str) -> usize {
        let headers = match room {
            RESPONSE_HEADERS => self.answer,
            _ => self.request.as_ref().map(|it| it.headers),
        };
        headers.map_or(0, HeaderMap::keys_len)
    }

    /// What is known of the answer.
    fn answered<'b>(&'b self, field: &str) -> Option<CowVal<'b, 'b>> {
        match field {
            "code" => self.code.map(|code| number(code.as_u16())),
            "headers" => {
                self.answer?;
                Room::of(self, RESPONSE_HEADERS).map(CowVal::owned)
            }
            "body" => body(self.response_body),
            _ => None,
        }
    }

    /// One variable, by its room and its field there.
    pub(super) fn field<'b>(
        &'b self,
        room: &str,
        field: &str,
    ) -> Result<Option<CowVal<'b, 'b>>, ExecutionError> {
        let claim = |claims: Option<&Map<String, Json>>| {
            let claim = claims.and_then(|claims| claims.get(field));
            claim.map(claim::value).transpose()
        };
        if room == "response" {
            return Ok(self.answered(field));
        }
        if room == RESPONSE_HEADERS {
            let found = self.answer;
            let found = found.and_then(|it| headers::value(it, field, self.reveal));
            return Ok(found.map(|value| text(&value)));
        }
        let Some(request) = &self.request else {
            return Ok(None);
        };
        let found = match (room, field) {
            ("request", "headers") => Room::of(self, HEADERS).map(CowVal::owned),
            ("request", "body") => body(self.request_body),
            ("request", field) => request.resolve(field),
            (HEADERS, name) => {
                headers::value(request.headers, name, self.reveal).map(|value| text(&value))
            }
            ("source", "address") => self
                .source
                .map(|addr| text(&addr.ip().to_canonical().to_string())),
            ("source", "port") => self.source.map(|addr| number(addr.port())),
            ("source", "identity") => request.identity().map(text),
            ("principal", "name") => request.caller().map(|it| text(it.name())),
            ("principal", "issuer") => request.caller().and_then(Principal::issuer).map(text),
            ("principal", "method") => request.caller().map(|it| text(it.method().as_str())),
            ("principal", "claims") => Room::of(self, CLAIMS).map(CowVal::owned),
            (CLAIMS, _) => return claim(request.caller().map(Principal::claims)),
            ("jwt", _) => return claim(request.claims(AuthMethod::Jwt)),
            ("extauthz", _) => return claim(request.told()),
            ("metadata", _) => return claim(request.noted()),
            ("apiKey", _) => match claim(request.claims(AuthMethod::ApiKey))? {
                None if field == "name" => request.name(AuthMethod::ApiKey),
                found => found,
            },
            ("basicAuth", "username") => request.name(AuthMethod::Basic),
            (room, field) => {
                let view = request.extensions.get::<CallView>();
                let view = view.filter(|view| view.protocol() == room);
                view.and_then(|view| view.fact(request.extensions, field))
                    .map(fact)
            }
        };
        Ok(found)
    }
}

impl VariableResolver for Facts<'_> {
    /// A name of two segments at once where it can be; any other, one of its rooms.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        match variable.split_once('.') {
            Some((room, field)) => self.field(room, field).ok().flatten(),
            None => Room::of(self, variable).map(CowVal::owned),
        }
    }
}
