//! What a service is told of a request.

use std::{collections::BTreeMap, net::SocketAddr, time::SystemTime};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Version,
    header::{CONTENT_LENGTH, COOKIE, HOST},
    request,
};
use serde_json::{Map, Value};

use crate::{
    body::BodyPrefix,
    context::{AuthMethod, ClientAddr, Principal, ServerName},
    envoy::{
        HeaderFilter,
        wire::{
            auth::{HttpRequest, Peer, Request, TlsSession},
            common::{Address, SocketAddress},
            from_object,
            google::Struct,
        },
    },
    forwarded::Forwarding,
};

/// Whether the body is whole in what a service is sent of it.
pub(super) const PARTIAL_BODY: HeaderName = HeaderName::from_static("x-envoy-auth-partial-body");

/// Where services expect the claims of a token.
const JWT_FILTER: &str = "envoy.filters.http.jwt_authn";

/// Who calls. The name is a certificate's alone: what a token names is no peer.
pub(super) fn source(head: &request::Parts, certificate: Option<String>) -> Peer {
    let workload = head
        .extensions
        .get::<Principal>()
        .and_then(|caller| caller.by(AuthMethod::ClientCertificate));
    Peer {
        address: head
            .extensions
            .get::<ClientAddr>()
            .map(|client| address(client.addr())),
        principal: workload
            .map(|caller| caller.name().to_owned())
            .unwrap_or_default(),
        certificate: certificate.unwrap_or_default(),
    }
}

pub(super) fn destination(local: SocketAddr) -> Peer {
    Peer {
        address: Some(address(local)),
        ..Peer::default()
    }
}

fn address(addr: SocketAddr) -> Address {
    Address {
        socket_address: Some(SocketAddress {
            address: addr.ip().to_canonical().to_string(),
            port_value: Some(addr.port().into()),
        }),
    }
}

pub(super) fn tls_session(head: &request::Parts) -> Option<TlsSession> {
    let sni = head.extensions.get::<ServerName>()?;
    Some(TlsSession {
        sni: sni.as_str().to_owned(),
    })
}

/// The claims of a token, where one was checked.
pub(super) fn token_claims(head: &request::Parts) -> Option<(String, Struct)> {
    let caller = head.extensions.get::<Principal>()?.by(AuthMethod::Jwt)?;
    let claims = Value::Object(caller.claims().clone());
    let payload = Map::from_iter([("jwt_payload".to_owned(), claims)]);
    Some((JWT_FILTER.to_owned(), from_object(&payload)))
}

/// How a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyForm {
    Text,
    Bytes,
}

pub(super) fn request(
    head: &request::Parts,
    filter: &HeaderFilter,
    form: Option<BodyForm>,
) -> Request {
    let mut headers = fields(head, filter);
    let (mut body, mut raw_body) = (String::new(), Bytes::new());
    let mut size = declared(&head.headers);
    if let Some(form) = form {
        let prefix = head.extensions.get::<BodyPrefix>();
        let bytes = prefix.map(BodyPrefix::bytes).cloned().unwrap_or_default();
        let whole = is_whole(head);
        if whole {
            size = i64::try_from(bytes.len()).ok();
        }
        match form {
            BodyForm::Text => body = String::from_utf8_lossy(&bytes).into_owned(),
            BodyForm::Bytes => raw_body = bytes,
        }
        headers.insert(PARTIAL_BODY.as_str().to_owned(), (!whole).to_string());
    }
    let target = head.uri.path_and_query();
    Request {
        time: Some(SystemTime::now().into()),
        http: Some(HttpRequest {
            id: text(head.headers.get("x-request-id")),
            method: head.method.as_str().to_owned(),
            path: target.map_or("/", |target| target.as_str()).to_owned(),
            host: host(head),
            scheme: scheme(head).to_owned(),
            size: size.unwrap_or(-1),
            protocol: protocol(head.version).to_owned(),
            headers,
            body,
            raw_body,
        }),
    }
}

/// Whether nothing follows what was read of the body. A body that nobody read is not known to be
/// whole.
pub(super) fn is_whole(head: &request::Parts) -> bool {
    let prefix = head.extensions.get::<BodyPrefix>();
    prefix.is_some_and(BodyPrefix::is_whole)
}

/// One text for each name. Pseudo-headers are among them, as services expect.
fn fields(head: &request::Parts, filter: &HeaderFilter) -> BTreeMap<String, String> {
    let names = head.headers.keys();
    let names = names.filter(|name| filter.takes(name) && **name != PARTIAL_BODY);
    let mut fields: BTreeMap<String, String> = names
        .map(|name| (name.as_str().to_owned(), joined(&head.headers, name)))
        .collect();
    let path = head.uri.path_and_query();
    for (name, value) in [
        (":authority", host(head)),
        (":method", head.method.as_str().to_owned()),
        (":path", path.map_or("/", |path| path.as_str()).to_owned()),
        (":scheme", scheme(head).to_owned()),
    ] {
        fields.insert(name.to_owned(), value);
    }
    fields
}

/// The values in one line, in their order.
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let between = if name == COOKIE { "; " } else { "," };
    let values = headers.get_all(name).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(between)
}

fn text(value: Option<&HeaderValue>) -> String {
    value.map_or_else(String::new, |value| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    })
}

fn host(head: &request::Parts) -> String {
    match head.uri.authority() {
        Some(authority) => authority.as_str().to_owned(),
        None => text(head.headers.get(HOST)),
    }
}

fn scheme(head: &request::Parts) -> &str {
    let forwarded = || {
        let forwarding = head.extensions.get::<Forwarding>()?;
        Some(forwarding.scheme.as_ref()?.as_str())
    };
    let own = head.uri.scheme_str().or_else(forwarded);
    own.unwrap_or_else(|| match head.extensions.get::<ServerName>() {
        Some(_) => "https",
        None => "http",
    })
}

fn declared(headers: &HeaderMap) -> Option<i64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}
