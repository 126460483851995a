use std::{
    future::{Ready, ready},
    marker::PhantomData,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode, header::LOCATION};
use tower_layer::Layer;
use tower_service::Service;

use super::{Redirect, RedirectScheme};
use crate::route::{Head, PathMatch};

/// Answers every request with a redirect.
///
/// The service inside is never called nor waited for. A request that names no host to keep is
/// answered with 400. The answer's body is empty. Reads
/// [`Forwarding`](crate::forwarded::Forwarding) for the scheme that the client used.
#[derive(Clone, Debug)]
pub struct RedirectLayer {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    redirect: Redirect,
    matched: PathMatch,
    listener: (RedirectScheme, u16),
}

/// The service of [`RedirectLayer`].
#[derive(Clone, Debug)]
pub struct RedirectService<S> {
    shared: Arc<Shared>,
    inner: PhantomData<fn(S)>,
}

impl RedirectLayer {
    /// Redirects so what came to a listener of this scheme and port.
    #[must_use]
    pub fn new(redirect: Redirect, scheme: RedirectScheme, port: u16) -> Self {
        let listener = (scheme, port);
        Self::with(redirect, PathMatch::default(), listener)
    }

    /// What matched, for the replacement of a prefix. Default: every path.
    #[must_use]
    pub fn matched(self, path: PathMatch) -> Self {
        Self::with(self.shared.redirect.clone(), path, self.shared.listener)
    }

    fn with(redirect: Redirect, matched: PathMatch, listener: (RedirectScheme, u16)) -> Self {
        Self {
            shared: Arc::new(Shared {
                redirect,
                matched,
                listener,
            }),
        }
    }
}

impl<S> Layer<S> for RedirectLayer {
    type Service = RedirectService<S>;

    fn layer(&self, _: S) -> Self::Service {
        RedirectService {
            shared: Arc::clone(&self.shared),
            inner: PhantomData,
        }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for RedirectService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Ready<Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let Shared {
            redirect,
            matched,
            listener,
        } = &*self.shared;
        let mut response = Response::new(ResBody::default());
        let origin = Redirect::origin(&request, *listener);
        match redirect.location(&Head::new(&request), matched, origin) {
            Some(location) => {
                *response.status_mut() = redirect.status;
                response.headers_mut().insert(LOCATION, location);
            }
            None => *response.status_mut() = StatusCode::BAD_REQUEST,
        }
        ready(Ok(response))
    }
}
