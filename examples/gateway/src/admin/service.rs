use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use agentgateway_core::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header, uri::Authority};
use tower_service::Service;

use super::page;
use crate::observe::Observer;

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
}

impl Served {
    /// A listener with its routes.
    pub fn new(name: impl Into<String>, addr: SocketAddr, routes: Vec<String>) -> Self {
        Self {
            name: name.into(),
            addr,
            routes,
        }
    }
}

/// Whether the gateway takes requests. Clones share the answer.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<AtomicBool>);

impl Health {
    /// All listeners are bound and served.
    pub fn ready(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// The gateway drains: send it nothing more.
    pub fn draining(&self) {
        self.0.store(false, Ordering::Release);
    }

    fn is_ready(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The service of the admin listener.
#[derive(Clone, Debug)]
pub struct Admin {
    observer: Observer,
    health: Health,
    served: Arc<[Served]>,
    local: bool,
}

impl Admin {
    /// Shows these listeners, and what the observer knows.
    #[must_use]
    pub fn new(observer: Observer, health: Health, served: Vec<Served>) -> Self {
        Self {
            observer,
            health,
            served: served.into(),
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

    fn answer(&self, path: &str) -> Response<Body> {
        match path {
            "/livez" => text(StatusCode::OK, "ok\n"),
            "/readyz" if self.health.is_ready() => text(StatusCode::OK, "ready\n"),
            "/readyz" => text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
            "/metrics" => with_type(
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
                self.observer.metrics().encode(),
            ),
            "/" => {
                let page = page::page(&self.served, &self.observer.recent().list());
                with_type("text/html; charset=utf-8", page)
            }
            _ => text(
                StatusCode::NOT_FOUND,
                "not found; there are /, /livez, /readyz and /metrics\n",
            ),
        }
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
            Method::GET | Method::HEAD => self.answer(request.uri().path()),
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
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
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
        let mut admin = Admin::new(observer, Health::default(), Vec::new()).local(true);
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
