use std::{
    net::SocketAddr,
    task::{Context, Poll},
};

use http::{
    HeaderValue, Request, Uri,
    header::HOST,
    uri::{PathAndQuery, Scheme},
};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    Forwarding, Networks,
    claims::{self, Claims},
};
use crate::context::ClientAddr;

/// Believes what trusted peers say of their clients; see the [module](super).
#[derive(Clone, Debug, Default)]
pub struct ForwardedLayer {
    trusted: Networks,
}

/// The service of [`ForwardedLayer`].
#[derive(Clone, Debug)]
pub struct Forwarded<S> {
    inner: S,
    trusted: Networks,
}

// === impl ForwardedLayer ===

impl ForwardedLayer {
    /// Believes peers of these networks; without one, nobody.
    #[must_use]
    pub const fn new(trusted: Networks) -> Self {
        Self { trusted }
    }
}

impl<S> Layer<S> for ForwardedLayer {
    type Service = Forwarded<S>;

    fn layer(&self, inner: S) -> Forwarded<S> {
        Forwarded {
            inner,
            trusted: self.trusted.clone(),
        }
    }
}

// === impl Forwarded ===

impl<S> Forwarded<S> {
    pub(crate) fn take<B>(&self, request: &mut Request<B>) {
        let peer = request
            .extensions()
            .get::<ClientAddr>()
            .map(|peer| peer.addr());
        let trusted = peer.is_some_and(|peer| self.trusted.contain(peer.ip()));
        let claims = if trusted {
            Claims::read(request.headers(), &self.trusted)
        } else {
            Claims::default()
        };
        claims::remove(request.headers_mut());
        if let Some(client) = claims.chain.first() {
            let client = ClientAddr::new(SocketAddr::new(*client, 0));
            request.extensions_mut().insert(client);
        }
        let mut chain = claims.chain;
        chain.extend(peer.map(|peer| peer.ip()));
        let forwarding = Forwarding {
            chain,
            scheme: claims.scheme,
            host: claims.host,
        };
        address(request, &forwarding);
        request.extensions_mut().insert(forwarding);
    }
}

/// Gives the request the URI that the client called.
fn address<B>(request: &mut Request<B>, forwarding: &Forwarding) {
    if forwarding.scheme.is_none() && forwarding.host.is_none() {
        return;
    }
    let own = || request.uri().authority().cloned();
    let field = || {
        let mut fields = request.headers().get_all(HOST).into_iter();
        let host = fields.next()?.to_str().ok()?.parse().ok();
        host.filter(|_| fields.next().is_none())
    };
    let Some(authority) = forwarding.host.clone().or_else(own).or_else(field) else {
        return;
    };
    let host = HeaderValue::try_from(authority.as_str());
    let mut parts = request.uri().clone().into_parts();
    parts.authority = Some(authority);
    parts.scheme = forwarding
        .scheme
        .clone()
        .or(parts.scheme)
        .or(Some(Scheme::HTTP));
    if parts.path_and_query.is_none() {
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
    }
    if let (Ok(uri), Ok(host)) = (Uri::from_parts(parts), host) {
        *request.uri_mut() = uri;
        request.headers_mut().insert(HOST, host);
    }
}

impl<S, B> Service<Request<B>> for Forwarded<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        self.take(&mut request);
        self.inner.call(request)
    }
}
