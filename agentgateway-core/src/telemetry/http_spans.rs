use http::{StatusCode, request, response, uri::Uri};
use tracing::{Span, field::Empty, info_span};

use super::Instrument;
use crate::context::{ClientAddr, RouteName};

/// The span of a client's request, as the HTTP conventions name it.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HttpServer;

impl Instrument for HttpServer {
    fn begin(&self, head: &request::Parts) -> Span {
        let method = head.method.as_str();
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

impl HttpClient {
    /// The endpoint, without user information and query.
    #[must_use]
    pub fn endpoint(uri: &Uri) -> (String, u16) {
        let tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        (uri.host().unwrap_or_default().to_owned(), port)
    }
}

impl Instrument for HttpClient {
    fn begin(&self, head: &request::Parts) -> Span {
        let method = head.method.as_str();
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
        if !span.is_disabled() {
            let (host, port) = Self::endpoint(&head.uri);
            let scheme = head.uri.scheme_str().unwrap_or("http");
            // The query is left out: it may hold a credential.
            span.record(
                "url.full",
                format!("{scheme}://{host}:{port}{}", head.uri.path()),
            );
            span.record("server.address", host);
            span.record("server.port", port);
        }
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

fn record_status(span: &Span, status: StatusCode, is_error: bool) {
    span.record("http.response.status_code", status.as_u16());
    if is_error {
        span.record("error.type", status.as_str());
        span.record("otel.status_code", "ERROR");
    }
}
