use std::task::{Context, Poll};

use agentgateway_core::{Body, BoxError, Error, Peeked};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::McpGatewayBuilder;
use crate::{
    Era, McpCall, McpServer,
    bridge::{Found, LegacyClients},
    upstream::Answering,
};

/// Servers of every revision behind one endpoint, for clients of every revision.
///
/// See the [module](super). A clone costs a few reference counts.
#[derive(Clone, Debug)]
pub struct McpGateway {
    way: Way,
    clients: LegacyClients,
}

#[derive(Clone, Debug)]
pub(super) enum Way {
    One(Found),
    Many(McpServer),
}

impl McpGateway {
    /// Without any server yet.
    #[must_use]
    pub fn builder() -> McpGatewayBuilder {
        McpGatewayBuilder::new()
    }

    pub(super) const fn new(way: Way, clients: LegacyClients) -> Self {
        Self { way, clients }
    }

    /// The server that understands a client of this era as it is, if it is known by now.
    fn direct(&self, era: Era) -> Option<&McpServer> {
        match &self.way {
            Way::One(found) => found
                .known()
                .filter(|speaks| speaks.is_understood_by(era))
                .map(|_| found.own()),
            Way::Many(many) => Some(many).filter(|_| era == Era::Modern),
        }
    }
}

impl<B> Service<Request<Peeked<B>>> for McpGateway
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    type Response = Response<Body>;
    type Error = Error;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Peeked<B>>) -> Answering {
        let call = request.extensions().get::<McpCall>();
        let era = call.map_or(Era::Legacy, McpCall::era);
        if let Some(server) = self.direct(era) {
            return server.clone().call(request);
        }
        let Way::One(found) = &self.way else {
            return self.clients.call(request);
        };
        let (found, mut clients) = (found.clone(), self.clients.clone());
        Box::pin(async move {
            let speaks = found.speaks(request.extensions()).await?;
            if speaks.is_understood_by(era) {
                return found.own().clone().call(request).await;
            }
            // What is of 2026-07-28 passes through it.
            clients.call(request).await
        })
    }
}
