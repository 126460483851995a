use std::{
    cell::RefCell,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyper::body::Incoming;
use tower_service::Service;

use super::{
    activity::{Activity, InFlight},
    body::{RequestBody, ResponseBody},
    future::ResponseFuture,
    head,
    host::KnownHost,
    peer::Peer,
    stream::Flow,
};
use crate::{
    context::Cutoff,
    error::{BoxError, Error},
};

/// A tower service as hyper wants it, for one connection.
pub(super) struct ConnectionService<S> {
    service: RefCell<S>,
    peer: Peer,
    activity: Arc<Activity>,
    host: KnownHost,
    cutoff: Cutoff,
}

impl<S> ConnectionService<S> {
    pub(super) fn new(service: S, peer: Peer, activity: Arc<Activity>, cutoff: Cutoff) -> Self {
        Self {
            service: RefCell::new(service),
            peer,
            activity,
            host: KnownHost::default(),
            cutoff,
        }
    }

    /// Most services are always ready: they are called without a clone. One that is not is waited
    /// for by itself, so that its place in a queue goes with it, and a clone takes its place here.
    fn ask(&self, request: Request<RequestBody>, in_flight: InFlight) -> ResponseFuture<S>
    where
        S: Service<Request<RequestBody>> + Clone,
        S::Error: Into<BoxError>,
    {
        let mut service = self.service.borrow_mut();
        match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => ResponseFuture::called(service.call(request), in_flight),
            Poll::Ready(Err(error)) => ResponseFuture::failed(error.into(), in_flight),
            Poll::Pending => {
                let clone = service.clone();
                let waiting = std::mem::replace(&mut *service, clone);
                ResponseFuture::waiting(waiting, request, in_flight)
            }
        }
    }

    /// An HTTP/2 stream's word to its task, which hyper starts next.
    fn flow(&self) -> Option<Arc<Flow>> {
        self.activity.is_http2().then(|| {
            let flow = Arc::new(Flow::default());
            self.activity.flows().put(Arc::clone(&flow));
            flow
        })
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

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let in_flight = self.activity.begin();
        let flow = self.flow();
        let checked = match self.activity.refusal() {
            Some(refusal) => Err(refusal),
            None => head::check(&mut request, self.activity.config(), &self.host),
        };
        if let Err(refusal) = checked {
            self.activity.make_last();
            return ResponseFuture::refused(refusal, in_flight).with_flow(flow);
        }
        let (parts, body) = request.into_parts();
        let body = RequestBody::new(body, &parts.headers, &self.activity);
        let mut request = Request::from_parts(parts, body);
        self.peer.write(request.extensions_mut());
        request.extensions_mut().insert(self.cutoff.clone());
        self.ask(request, in_flight).with_flow(flow)
    }
}
