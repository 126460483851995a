use http::{Method, StatusCode, request, response, uri::Uri};
use tracing::{Span, field::Empty, info_span};

use super::Instrument;
use crate::context::{ClientAddr, RouteName};

/// The span of a client's request, as the HTTP conventions name it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HttpServer;

impl Instrument for HttpServer {
    fn begin(&self, head: &request::Parts) -> Span {
        let method = known(&head.method);
        let span = info_span!(
            "http.server",
            otel.name = method,
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method,
            http.route = Empty,
            http.response.status_code = Empty,
            url.path = head.uri.path(),
            url.scheme = head.uri.scheme_str().unwrap_or("http"),
            client.address = Empty,
            user_agent.original = Empty,
            error.type = Empty,
            agentgateway.end = Empty,
        );
        if !span.is_disabled() {
            if let Some(peer) = head.extensions.get::<ClientAddr>() {
                span.record("client.address", tracing::field::display(peer.addr().ip()));
            }
            if let Some(Ok(agent)) = head
                .headers
                .get(http::header::USER_AGENT)
                .map(|v| v.to_str())
            {
                span.record("user_agent.original", agent);
            }
        }
        span
    }

    fn response(&self, span: &Span, head: &response::Parts) {
        if let Some(route) = head.extensions.get::<RouteName>() {
            span.record("http.route", route.as_str());
        }
        record_status(span, head.status, head.status.is_server_error());
    }
}

/// The span of one attempt upstream, as the HTTP conventions name it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HttpClient;

impl Instrument for HttpClient {
    fn begin(&self, head: &request::Parts) -> Span {
        let method = known(&head.method);
        let span = info_span!(
            "http.client",
            otel.name = method,
            otel.kind = "client",
            otel.status_code = Empty,
            http.request.method = method,
            http.response.status_code = Empty,
            url.full = Empty,
            server.address = Empty,
            server.port = Empty,
            error.type = Empty,
            agentgateway.end = Empty,
        );
        record_target(&span, &head.uri);
        span
    }

    fn response(&self, span: &Span, head: &response::Parts) {
        record_status(
            span,
            head.status,
            head.status.is_client_error() || head.status.is_server_error(),
        );
    }
}

/// Records where an attempt goes, in the fields `url.full`, `server.address` and `server.port`.
///
/// A service that turns a request to its endpoint calls this within the attempt's span
/// (`Span::current()`), since the span was opened before the endpoint was known. The query is left
/// out: it may hold a credential. A URI without a host records nothing.
pub fn record_target(span: &Span, uri: &Uri) {
    let Some(host) = uri.host().filter(|_| !span.is_disabled()) else {
        return;
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    let port = uri
        .port_u16()
        .unwrap_or(if scheme == "https" { 443 } else { 80 });
    span.record(
        "url.full",
        format!("{scheme}://{host}:{port}{}", uri.path()),
    );
    span.record("server.address", host);
    span.record("server.port", port);
}

/// A method that no standard names is the client's invention: names and fields must not grow with it.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "_OTHER",
    }
}

fn record_status(span: &Span, status: StatusCode, is_error: bool) {
    span.record("http.response.status_code", status.as_u16());
    if is_error {
        span.record("error.type", status.as_str());
        span.record("otel.status_code", "ERROR");
    }
}
