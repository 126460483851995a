use std::task::{Context, Poll};

use agentgateway_core::{Body, BoxError, Error, Peeked};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::McpGatewayBuilder;
use crate::{
    Era, McpCall, McpKind, McpMethod, McpServer,
    bridge::{Found, LegacyClients, Refusal},
    upstream::Answering,
    wire::ProtocolVersion,
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
        if let Some(refused) = call.and_then(refused) {
            return Box::pin(std::future::ready(Ok(refused)));
        }
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

/// The answer to a call that names a revision which never was; one that is to come is its server's to judge.
///
/// # Source
/// MCP 2026-07-28, Versioning; MCP 2025-11-25, Streamable HTTP, Protocol version header.
fn refused(call: &McpCall) -> Option<Response<Body>> {
    let version = call.protocol_version()?;
    let is_known = ProtocolVersion::SPOKEN.contains(&version.as_str());
    // `initialize` proposes one, and is told another.
    let is_proposed = call.is(&McpMethod::INITIALIZE);
    if is_known || is_proposed || version.era() == Era::Modern {
        return None;
    }
    let id = call.id().filter(|_| call.kind() == McpKind::Request);
    Some(Refusal::version(version.as_str()).response(id))
}
