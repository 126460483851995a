use std::{
    future::ready,
    task::{Context, Poll},
};

use agentgateway_core::{Body, BoxError, Error, Peeked, seal::Sealer};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{
    McpGatewayBuilder,
    sessions::Bound,
    watch::{ServerWatch, Servers},
};
use crate::{
    Era, McpCall, McpKind, McpMethod, McpServer,
    bridge::{Found, GATHER_BYTES, LegacyClients, Offered, Refusal, whole},
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
    sealer: Sealer,
    servers: Servers,
}

#[derive(Clone, Debug)]
pub(super) enum Way {
    /// A server, and the same as one of 2026-07-28.
    One(Found, McpServer),
    Many(McpServer),
}

impl McpGateway {
    /// Without any server yet.
    #[must_use]
    pub fn builder() -> McpGatewayBuilder {
        McpGatewayBuilder::new()
    }

    /// Tells what is found out of its servers.
    #[must_use]
    pub fn watch(&self) -> ServerWatch {
        ServerWatch::new(&self.servers)
    }

    pub(super) fn new(
        (way, servers): (Way, Servers),
        clients: LegacyClients,
        sealer: Sealer,
    ) -> Self {
        Self {
            way,
            clients,
            sealer,
            servers,
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
            return Box::pin(ready(Ok(refused)));
        }
        match (&self.way, era) {
            (Way::One(_, modern) | Way::Many(modern), Era::Modern) => modern.clone().call(request),
            (Way::One(found, _), Era::Legacy) if self.are_of_the_server(found, call, &request) => {
                self.as_it_is(found.clone(), request)
            }
            (Way::One(..) | Way::Many(_), Era::Legacy) => self.clients.call(request),
        }
    }
}

impl McpGateway {
    /// Whether sessions of earlier revisions are the only server's own, or may be.
    fn are_of_the_server<B>(
        &self,
        found: &Found,
        call: Option<&McpCall>,
        request: &Request<B>,
    ) -> bool {
        match found.speaks(Era::Legacy) {
            // What is no call goes to no server, and where no session is kept none is passed on.
            _ if call.is_none() || !self.clients.keep_sessions() => false,
            Some(speaks) => speaks,
            // A replica that knows more may have opened it.
            None => !self.clients.have_opened(request.extensions()),
        }
    }

    /// Asks the only server as a client of an earlier revision does, and bridges where it speaks none.
    fn as_it_is<B>(&self, found: Found, request: Request<Peeked<B>>) -> Answering
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError> + Send,
    {
        let (mut clients, sealer) = (self.clients.clone(), self.sealer.clone());
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let body = match body.whole() {
                Some(body) => body,
                None => whole(body.into_body(), GATHER_BYTES).await?,
            };
            let mut request = Request::from_parts(head, body);
            let bound = Bound::to(&sealer, &request);
            if let Some(bound) = &bound {
                bound.inward(&mut request)?;
            }
            match found.offer(Era::Legacy, request).await? {
                Offered::Answered(mut answer) => {
                    if let Some(bound) = bound {
                        bound.outward(&mut answer);
                    }
                    Ok(answer)
                }
                Offered::NotSpoken(request) => {
                    clients.call(request.map(Peeked::<Body>::from)).await
                }
            }
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
