use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyper::body::Incoming;
use tower::util::Oneshot;
use tower_service::Service;

use super::{
    body::{RequestBody, ResponseBody},
    clock::Activity,
    future::ResponseFuture,
};
use crate::{
    context::ClientAddr,
    error::{BoxError, Error},
};

/// A tower service as hyper wants it, for one connection.
pub(super) struct ConnectionService<S> {
    service: S,
    peer: SocketAddr,
    activity: Arc<Activity>,
}

impl<S> ConnectionService<S> {
    pub(super) const fn new(service: S, peer: SocketAddr, activity: Arc<Activity>) -> Self {
        Self {
            service,
            peer,
            activity,
        }
    }
}

impl<S, B> hyper::service::Service<Request<Incoming>> for ConnectionService<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
{
    type Response = Response<ResponseBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let in_flight = self.activity.begin(request.version());
        let mut request = request.map(RequestBody::new);
        request.extensions_mut().insert(ClientAddr::new(self.peer));
        ResponseFuture::new(Oneshot::new(self.service.clone(), request), in_flight)
    }
}
