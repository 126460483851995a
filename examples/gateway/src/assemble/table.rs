use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use agentgateway_core::{
    Body, BoxError,
    body::{End, WithEnd},
    context::{MountPath, RouteName},
    protocol::Told,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri, header, uri::PathAndQuery};
use http_body::Body as HttpBody;
use tokio::time::Instant;
use tower::ServiceExt;
use tower_service::Service;

use crate::observe::{Exchange, Observer};

/// A stack behind one route, its type erased. Its errors are said already.
///
/// Clones share it; each request runs in a copy of what is inside.
#[derive(Clone)]
pub struct Stack {
    service: Arc<dyn Answer>,
    /// Whether a protocol layer tells the observer of each exchange.
    tells: bool,
}

type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

trait Answer: Send + Sync {
    fn answer(&self, request: Request<Body>) -> Answering;
}

impl<S, RB> Answer for S
where
    S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    fn answer(&self, request: Request<Body>) -> Answering {
        let call = self.clone().oneshot(request);
        Box::pin(async move {
            let Ok(response) = call.await;
            response.map(Body::new)
        })
    }
}

impl Stack {
    /// Erases the type of a service that tells of its exchanges: a protocol layer stands before it.
    pub fn new<S, RB>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        RB: HttpBody<Data = Bytes> + Send + 'static,
        RB::Error: Into<BoxError>,
    {
        Self {
            service: Arc::new(service),
            tells: true,
        }
    }

    /// Erases the type of a service that no protocol layer stands before: the table tells of it.
    pub(super) fn untold<S, RB>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<RB>, Error = Infallible>,
        S: Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        RB: HttpBody<Data = Bytes> + Send + 'static,
        RB::Error: Into<BoxError>,
    {
        Self {
            tells: false,
            ..Self::new(service)
        }
    }

    pub(super) fn answer(&self, request: Request<Body>) -> Answering {
        self.service.answer(request)
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack").finish_non_exhaustive()
    }
}

/// Chooses a route by host and path.
pub trait Choose: Send + Sync + 'static {
    /// The route that takes this request.
    fn choose(&self, host: &str, path: &str) -> Option<Choice>;
}

/// A chosen route.
#[derive(Debug)]
pub struct Choice {
    /// Its place among the entries.
    pub(super) index: usize,
    /// The path upstream, when it is another than the request's.
    pub(super) path: Option<String>,
}

/// One route: what is the same for each of its requests.
#[derive(Debug)]
pub struct Entry {
    /// What answers.
    pub(super) stack: Stack,
    /// The prefix that is taken off.
    pub(super) mount: MountPath,
    /// The pattern that matched.
    pub(super) name: RouteName,
}

/// The routes of one listener.
#[derive(Clone)]
pub struct Table(Arc<Routes>);

struct Routes {
    choose: Box<dyn Choose>,
    entries: Vec<Entry>,
    nowhere: Stack,
    observer: Observer,
}

impl Table {
    /// Routes to `entries`; what no route takes goes to `nowhere`. The observer is told of what no
    /// protocol layer tells it: plain HTTP.
    #[must_use]
    pub fn new(
        choose: impl Choose,
        entries: Vec<Entry>,
        nowhere: Stack,
        observer: Observer,
    ) -> Self {
        Self(Arc::new(Routes {
            choose: Box::new(choose),
            entries,
            nowhere,
            observer,
        }))
    }

    /// The stack of this request, and the name of its route.
    fn route(&self, request: &mut Request<Body>) -> (&Stack, Option<&RouteName>) {
        let host = host(request.headers(), request.uri());
        let choice = self.0.choose.choose(host, request.uri().path());
        let found =
            choice.and_then(|choice| Some((self.0.entries.get(choice.index)?, choice.path)));
        let Some((entry, path)) = found else {
            return (&self.0.nowhere, None);
        };
        if let Some(uri) = path.and_then(|path| with_path(request.uri(), &path)) {
            *request.uri_mut() = uri;
        }
        request.extensions_mut().insert(entry.mount.clone());
        request.extensions_mut().insert(entry.name.clone());
        (&entry.stack, Some(&entry.name))
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("routes", &self.0.entries.len())
            .finish_non_exhaustive()
    }
}

impl Service<Request<Body>> for Table {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = TableFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> TableFuture {
        let begun = Instant::now();
        let method = request.method().clone();
        let (stack, route) = self.route(&mut request);
        TableFuture {
            route: route.cloned(),
            answer: stack.answer(request),
            waits: !stack.tells,
            method,
            begun,
            observer: self.0.observer.clone(),
        }
    }
}

/// The future of [`Table`].
///
/// # Cancel safety
/// Dropping it drops the stack's own future.
pub struct TableFuture {
    answer: Answering,
    /// Nobody else would tell of this exchange if it ended now.
    waits: bool,
    method: Method,
    route: Option<RouteName>,
    begun: Instant,
    observer: Observer,
}

impl fmt::Debug for TableFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableFuture")
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

impl Future for TableFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(self.answer.as_mut().poll(cx));
        self.waits = false;
        if response.extensions().get::<Told>().is_none() {
            response = self.told(response);
        }
        if let Some(name) = self.route.take() {
            response.extensions_mut().insert(name);
        }
        Poll::Ready(Ok(response))
    }
}

impl TableFuture {
    /// Tells the observer of an answer that no protocol layer tells it of, when it has ended.
    fn told(&self, response: Response<Body>) -> Response<Body> {
        let book = self.booking(Some(response.status().as_u16()));
        response.map(|body| Body::new(WithEnd::new(body, book)))
    }

    fn booking(&self, status: Option<u16>) -> impl FnOnce(End<'_>) + Send + 'static + use<> {
        let route = self.route.as_ref().map_or("(no route)", RouteName::as_str);
        let call = format!("{} {route}", self.method);
        let (begun, observer) = (self.begun, self.observer.clone());
        move |end: End<'_>| {
            observer.book(Exchange {
                protocol: "http",
                call: call.into(),
                end,
                error: None,
                status,
                elapsed: begun.elapsed(),
                trace_id: None,
            });
        }
    }
}

impl Drop for TableFuture {
    /// The client left before the head of the answer.
    fn drop(&mut self) {
        if self.waits {
            self.booking(None)(End::Dropped);
        }
    }
}

/// The host that a request is for: the authority of HTTP/2, else the `Host` header.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> &'a str {
    match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default(),
    }
}

/// The same target with another path; the query stays.
fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let path = if path.is_empty() { "/" } else { path };
    let path_and_query: PathAndQuery = match uri.query() {
        Some(query) => format!("{path}?{query}").parse().ok()?,
        None => path.parse().ok()?,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_stays() {
        let uri: Uri = "/planner/x?a=b%20c".parse().unwrap();
        assert_eq!(with_path(&uri, "/x").unwrap(), "/x?a=b%20c");
        assert_eq!(with_path(&uri, "").unwrap(), "/?a=b%20c");
        let absolute: Uri = "http://h:1/a".parse().unwrap();
        assert_eq!(with_path(&absolute, "/b").unwrap(), "http://h:1/b");
    }

    #[test]
    fn the_authority_beats_the_header() {
        let headers = HeaderMap::from_iter([(header::HOST, "a:1".parse().unwrap())]);
        assert_eq!(host(&headers, &"/".parse().unwrap()), "a:1");
        assert_eq!(host(&headers, &"http://b:2/".parse().unwrap()), "b:2");
    }
}
