//! stub
use crate::{
    error::BoxError,
    upstream::{body::RequestBody, connect::Connected, pool::Place, spawn::Spawn},
};
use http::{Request, Response};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http2},
};
use hyper_util::rt::TokioExecutor;
#[derive(Clone, Debug, Default)]
pub(super) struct Http2Settings {}
#[derive(Clone)]
pub(super) struct Http2 {
    sender: http2::SendRequest<RequestBody>,
}
impl Http2 {
    pub(super) async fn handshake(
        connected: Connected,
        _: &Http2Settings,
        spawn: &Spawn,
        place: Place,
    ) -> Result<Self, BoxError> {
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .handshake(connected.io)
            .await?;
        spawn.spawn(async move {
            let _ = connection.await;
            drop(place);
        });
        Ok(Self { sender })
    }
    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }
    pub(super) fn has_room(&self) -> bool {
        true
    }
    pub(super) fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<RequestBody>>>>
    + Send
    + 'static {
        self.sender.try_send_request(request)
    }
}

pub(super) fn not_processed(_: &hyper::Error) -> bool {
    false
}
