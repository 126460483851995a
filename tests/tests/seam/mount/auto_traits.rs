//! What a host needs of services, futures and bodies.

use std::fmt::Debug;

use agentgateway_core::{Body, Error};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyper::body::Incoming;
use tonic::service::Routes;
use tower::{Layer, Service, util::BoxCloneSyncService};

use super::{Call, ProtocolLayer, echo::Echo};

fn layer<T: Clone + Debug + Default + Send + Sync + 'static>() {}
fn call<T: Clone + Debug + Send + Sync + 'static>() {}

/// A service for requests with body `B`, as hosts ask for it.
fn service<B, S, RB>(service: S)
where
    S: Service<Request<B>, Response = Response<RB>> + Clone + Send + Sync + 'static,
    S::Error: Into<std::convert::Infallible>,
    S::Future: Send + 'static,
    RB: HttpBody<Data = Bytes> + Default + Send + 'static,
    RB::Error: std::error::Error + Send + Sync + 'static,
{
    drop(service);
}

#[test]
fn hold() {
    layer::<ProtocolLayer>();
    call::<Call>();
    let new = ProtocolLayer::new;
    service::<axum::body::Body, _, _>(new().layer(Echo));
    service::<Incoming, _, _>(new().layer(Echo));
    service::<tonic::body::Body, _, _>(new().layer(Echo));
    service::<Body, _, _>(new().layer(new().layer(Echo)));
    service::<axum::body::Body, _, _>(new().layer(axum::Router::new()));
    service::<tonic::body::Body, _, _>(new().layer(Routes::default()));
    type Erased =
        BoxCloneSyncService<Request<agentgateway_core::Peeked<Body>>, Response<Body>, Error>;
    let erased = |_: Erased| ();
    let _ = erased;
    fn over(erased: Erased) {
        service::<Body, _, _>(ProtocolLayer::new().layer(erased));
    }
    let _ = over;
}
