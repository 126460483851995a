use std::{
    convert::Infallible,
    fmt::Write,
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
    task::{Context, Poll},
};

use agentgateway_core::Body;
use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode, header, uri::Authority,
};
use serde::Serialize;
use tower_service::Service;

use super::{
    asked,
    kept::Kept,
    page::{self, Objects},
    pieces::Pieces,
    shown,
};
use crate::{config::resource::Reference, observe::Observer, reload::Standing, telemetry::Tracing};

/// How many listeners that are not served `/readyz` names.
const MAX_REASONS: usize = 50;

/// A listener, as the page shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Served {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its routes, a line each.
    pub routes: Vec<String>,
    /// Its Gateway; none without a configuration.
    pub gateway: Option<Reference>,
    /// Whether TLS is spoken.
    pub tls: bool,
}

impl Served {
    /// A listener in the clear, with its routes.
    pub fn new(name: impl Into<String>, addr: SocketAddr, routes: Vec<String>) -> Self {
        Self {
            name: name.into(),
            addr,
            routes,
            gateway: None,
            tls: false,
        }
    }
}

/// The service of the admin listener.
#[derive(Clone, Debug)]
pub struct Admin {
    observer: Observer,
    standing: Standing,
    tracing: Tracing,
    local: bool,
    status: Kept<Bytes>,
    overview: Kept<Bytes>,
    configuration: Kept<Bytes>,
    objects: Kept<Objects>,
}

impl Admin {
    /// Shows the configuration and its listeners, and what the observer knows.
    #[must_use]
    pub fn new(observer: Observer, standing: Standing, tracing: Tracing) -> Self {
        Self {
            observer,
            standing,
            tracing,
            local: false,
            status: Kept::default(),
            overview: Kept::default(),
            configuration: Kept::default(),
            objects: Kept::default(),
        }
    }

    /// Answers only those who call it by an address or as `localhost`. Default: false.
    ///
    /// For a listener on loopback: a page in a browser may have a name of its own lead there.
    #[must_use]
    pub const fn local(mut self, local: bool) -> Self {
        self.local = local;
        self
    }

    /// What is told of the configuration is shared; the rest is of this moment.
    fn page(&self) -> Response<Body> {
        let objects = self.objects.of(self.standing.version(), || {
            let configuration = shown::configuration(&self.standing.view());
            let overview = self
                .standing
                .is_configured()
                .then(|| self.standing.overview());
            Objects::new(&configuration, overview.as_ref(), &self.standing.served())
        });
        let tracing = shown::tracing(&self.tracing.report());
        let requests = self.observer.recent().list();
        let pieces = Pieces::new(objects.page(&tracing, &requests));
        with_type("text/html; charset=utf-8", Body::new(pieces))
    }

    /// What is made of the configuration as it stands.
    fn shared(&self, kept: &Kept<Bytes>, make: impl FnOnce() -> Vec<u8>) -> Response<Body> {
        let body = kept.of(self.standing.version(), || Bytes::from(make()));
        with_type("application/json", Body::from(body))
    }

    fn answer(&self, path: &str, query: &str) -> Response<Body> {
        match path {
            "/livez" => text(StatusCode::OK, "ok\n"),
            "/readyz" => self.readiness(),
            "/status" => self.shared(&self.status, || pretty(&self.standing.view())),
            "/overview" => self.shared(&self.overview, || pretty(&self.standing.overview())),
            "/explain" => self.explain(query),
            "/mcp" => json(&self.observer.mcp_servers().list()),
            "/debug/tracing" => json(&self.tracing.report()),
            "/debug/tracing.txt" => {
                let words = Bytes::from(self.tracing_words());
                with_type("text/plain; charset=utf-8", words)
            }
            "/config" => {
                let make = || pretty(&self.standing.configuration());
                self.shared(&self.configuration, make)
            }
            "/metrics" => with_type(
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                Bytes::from(self.observer.metrics().encode()),
            ),
            "/" => self.page(),
            "/style.css" => with_type("text/css; charset=utf-8", Bytes::from(page::STYLE)),
            _ => text(
                StatusCode::NOT_FOUND,
                "not found; there are /, /livez, /readyz, /metrics, /status, /config, /overview, \
                 /explain, /mcp and /debug/tracing\n",
            ),
        }
    }
}

impl Admin {
    fn explain(&self, query: &str) -> Response<Body> {
        let Some(snapshot) = self.standing.snapshot() else {
            return text(
                StatusCode::NOT_FOUND,
                "it runs without a configuration: each listener has one service, in the process, that takes every request\n",
            );
        };
        match asked::answer(&snapshot, query) {
            Ok(explanation) => json(&explanation),
            Err(lacks) => text(StatusCode::BAD_REQUEST, lacks),
        }
    }

    fn tracing_words(&self) -> String {
        let reports = self.tracing.report();
        reports.iter().map(ToString::to_string).collect()
    }

    /// Says which listeners are asked for and not served.
    fn readiness(&self) -> Response<Body> {
        if self.standing.is_ready() {
            return text(StatusCode::OK, "ready\n");
        }
        let mut words = "not ready\n".to_owned();
        let unprogrammed = self.standing.unprogrammed();
        for (listener, why) in unprogrammed.iter().take(MAX_REASONS) {
            // Writing to a string cannot fail.
            let _ = writeln!(words, "{listener}: {why}");
        }
        if let Some(more @ 1..) = unprogrammed.len().checked_sub(MAX_REASONS) {
            let _ = writeln!(words, "and {more} more");
        }
        let mut response = with_type("text/plain; charset=utf-8", Bytes::from(words));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    }
}

impl<B> Service<Request<B>> for Admin {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let response = match *request.method() {
            _ if self.local && !names_an_address(&request) => text(
                StatusCode::MISDIRECTED_REQUEST,
                "call it as localhost or by its address\n",
            ),
            Method::GET | Method::HEAD => {
                let uri = request.uri();
                self.answer(uri.path(), uri.query().unwrap_or_default())
            }
            _ => {
                let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
                response
                    .headers_mut()
                    .insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
                response
            }
        };
        ready(Ok(response))
    }
}

/// The host is an address or `localhost`; HTTP/1.0 may name none.
fn names_an_address<B>(request: &Request<B>) -> bool {
    let header = request
        .headers()
        .get(header::HOST)
        .map(|host| host.to_str().unwrap_or("?"));
    let named = request.uri().authority().map(Authority::as_str).or(header);
    let Some(named) = named.map(str::parse::<Authority>) else {
        return true;
    };
    named.is_ok_and(|authority| {
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok()
    })
}

fn json(value: &impl Serialize) -> Response<Body> {
    with_type("application/json", Bytes::from(pretty(value)))
}

fn pretty(value: &impl Serialize) -> Vec<u8> {
    // Maps have names that are strings, so that it cannot fail.
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

fn text(status: StatusCode, words: &'static str) -> Response<Body> {
    let mut response = with_type("text/plain; charset=utf-8", Bytes::from(words));
    *response.status_mut() = status;
    response
}

fn with_type(media_type: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // No page of others may take any of it in as a picture or a script.
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    // Names of calls come from clients: nothing on the page may run.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::ExportStats;

    #[tokio::test]
    async fn a_name_that_leads_to_loopback_is_not_answered() {
        let observer = Observer::new(&ExportStats::default());
        let standing = Standing::new(observer.clone());
        let mut admin = Admin::new(observer, standing, Tracing::detached()).local(true);
        for (host, status) in [
            ("127.0.0.1:15000", 200),
            ("[::1]:15000", 200),
            ("LocalHost", 200),
            ("evil.example", 421),
            ("127.0.0.1.evil.example:15000", 421),
            ("", 421),
        ] {
            let request = Request::get("/livez")
                .header(header::HOST, host)
                .body(())
                .unwrap();
            let Ok(answer) = admin.call(request).await;
            assert_eq!(answer.status(), status, "{host}");
        }
        let Ok(answer) = admin.call(Request::get("/livez").body(()).unwrap()).await;
        assert_eq!(answer.status(), 200, "HTTP/1.0");
    }
}
