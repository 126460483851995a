use std::{
    convert::Infallible,
    fmt::Write,
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
    task::{Context, Poll},
};

use agentgateway_core::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, uri::Authority};
use serde::Serialize;
use tower_service::Service;

use super::{
    asked,
    page::{self, View},
    shown,
};
use crate::{config::resource::Reference, observe::Observer, reload::Standing, telemetry::Tracing};

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
}

impl Admin {
    /// Shows the configuration and its listeners, and what the observer knows.
    #[must_use]
    pub const fn new(observer: Observer, standing: Standing, tracing: Tracing) -> Self {
        Self {
            observer,
            standing,
            tracing,
            local: false,
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

    fn page(&self) -> View {
        let mut view = View::default();
        view.served = self.standing.served();
        view.requests = self.observer.recent().list();
        let configured = self.standing.is_configured();
        view.overview = configured.then(|| self.standing.overview());
        view.configuration = shown::configuration(&self.standing.view());
        view.tracing = shown::tracing(&self.tracing.report());
        view
    }

    fn answer(&self, path: &str, query: &str) -> Response<Body> {
        match path {
            "/livez" => text(StatusCode::OK, "ok\n"),
            "/readyz" => self.readiness(),
            "/status" => json(&self.standing.view()),
            "/overview" => json(&self.standing.overview()),
            "/explain" => self.explain(query),
            "/debug/tracing" => json(&self.tracing.report()),
            "/debug/tracing.txt" => with_type("text/plain; charset=utf-8", self.tracing_words()),
            "/config" => json(&self.standing.configuration()),
            "/metrics" => with_type(
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                self.observer.metrics().encode(),
            ),
            "/" => with_type("text/html; charset=utf-8", self.page().html()),
            "/style.css" => with_type("text/css; charset=utf-8", page::STYLE),
            _ => text(
                StatusCode::NOT_FOUND,
                "not found; there are /, /livez, /readyz, /metrics, /status, /config, /overview, \
                 /explain and /debug/tracing\n",
            ),
        }
    }
}

impl Admin {
    fn explain(&self, query: &str) -> Response<Body> {
        let Some(snapshot) = self.standing.snapshot() else {
            return text(StatusCode::NOT_FOUND, "there is no configuration\n");
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
        for (listener, why) in self.standing.unprogrammed() {
            // Writing to a string cannot fail.
            let _ = writeln!(words, "{listener}: {why}");
        }
        let mut response = with_type("text/plain; charset=utf-8", words);
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
    // Maps have names that are strings, so that it cannot fail.
    let body = serde_json::to_vec_pretty(value).unwrap_or_default();
    with_type("application/json", body)
}

fn text(status: StatusCode, words: &'static str) -> Response<Body> {
    let mut response = with_type("text/plain; charset=utf-8", words);
    *response.status_mut() = status;
    response
}

fn with_type(media_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from(body.into()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
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
