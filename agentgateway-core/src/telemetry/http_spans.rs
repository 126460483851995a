use std::{borrow::Cow, net::IpAddr};

use http::{Method, header::USER_AGENT, request, response, uri::Uri};
use tracing::{
    Span,
    field::{DisplayValue, Empty, display},
    info_span, record_all,
};

use super::Instrument;
use crate::context::{ClientAddr, RouteName};

/// The span of a client's request, as the HTTP conventions name it.
///
/// It declares `agentgateway.gateway`, `.listener`, `.route`, `.rule`, `.backend` and `.reason` (why
/// it was refused) for whoever routes within it: they are recorded on `Span::current()`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct HttpServer;

impl HttpServer {
    /// What the span of a request is called: `GET /agents/*`, and `GET` while no route is known.
    ///
    /// The route is known behind whoever routes ([`RouteName`] in the answer), and a subscriber may
    /// take no other name once the span has begun: whoever owns the span changes it there.
    ///
    /// # Source
    /// OpenTelemetry semantic conventions, HTTP spans, "Name".
    #[must_use]
    pub fn name(method: &Method, route: Option<&RouteName>) -> Cow<'static, str> {
        let method = match known(method) {
            "_OTHER" => "HTTP",
            method => method,
        };
        match route {
            Some(route) => format!("{method} {}", route.as_str()).into(),
            None => method.into(),
        }
    }
}

impl Instrument for HttpServer {
    fn begin(&self, head: &request::Parts) -> Span {
        let method = known(&head.method);
        info_span!(
            "http.server",
            otel.name = &*Self::name(&head.method, None),
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method,
            http.route = Empty,
            http.response.status_code = Empty,
            url.path = head.uri.path(),
            url.scheme = head.uri.scheme_str().unwrap_or("http"),
            client.address = client_address(head),
            user_agent.original = user_agent(head),
            error.type = Empty,
            error.message = Empty,
            agentgateway.gateway = Empty,
            agentgateway.listener = Empty,
            agentgateway.route = Empty,
            agentgateway.rule = Empty,
            agentgateway.backend = Empty,
            agentgateway.reason = Empty,
            agentgateway.end = Empty,
        )
    }

    fn response(&self, span: &Span, head: &response::Parts) {
        let route = head.extensions.get::<RouteName>().map(RouteName::as_str);
        let failed = head.status.is_server_error();
        record_all!(
            span,
            http.route = route,
            http.response.status_code = i64::from(head.status.as_u16()),
            error.type = failed.then(|| head.status.as_str()),
            otel.status_code = failed.then_some("ERROR"),
        );
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
            http.request.resend_count = Empty,
            http.response.status_code = Empty,
            url.full = Empty,
            server.address = Empty,
            server.port = Empty,
            error.type = Empty,
            error.message = Empty,
            agentgateway.end = Empty,
        );
        record_target(&span, &head.uri);
        span
    }

    fn response(&self, span: &Span, head: &response::Parts) {
        let failed = head.status.is_client_error() || head.status.is_server_error();
        record_all!(
            span,
            http.response.status_code = i64::from(head.status.as_u16()),
            error.type = failed.then(|| head.status.as_str()),
            otel.status_code = failed.then_some("ERROR"),
        );
    }
}

/// Records where an attempt goes, in the fields `url.full`, `server.address` and `server.port`.
///
/// A service that turns a request to its endpoint calls this within the attempt's span
/// (`Span::current()`), since the span was opened before the endpoint was known. The query is left
/// out: it may hold a credential. A URI without a host records nothing.
pub fn record_target(span: &Span, uri: &Uri) {
    if span.is_disabled() {
        return;
    }
    let Some(host) = uri.host() else {
        return;
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    let port = uri
        .port_u16()
        .unwrap_or(if scheme == "https" { 443 } else { 80 });
    record_all!(
        span,
        url.full = %format_args!("{scheme}://{host}:{port}{}", uri.path()),
        server.address = host,
        server.port = i64::from(port),
    );
}

fn client_address(head: &request::Parts) -> Option<DisplayValue<IpAddr>> {
    let peer = head.extensions.get::<ClientAddr>()?;
    Some(display(peer.addr().ip()))
}

fn user_agent(head: &request::Parts) -> Option<&str> {
    head.headers.get(USER_AGENT)?.to_str().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_called_by_its_method_and_route() {
        let route = RouteName::new("/agents/*");
        let other = Method::from_bytes(b"BREW").unwrap();
        assert_eq!(HttpServer::name(&Method::GET, None), "GET");
        assert_eq!(
            HttpServer::name(&Method::GET, Some(&route)),
            "GET /agents/*"
        );
        assert_eq!(HttpServer::name(&other, Some(&route)), "HTTP /agents/*");
    }
}
