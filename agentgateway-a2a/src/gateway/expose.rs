use agentgateway_core::{Body, BoxError, Peeked, upstream::Endpoint};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_service::Service;

use crate::{
    A2aBinding, A2aVersion,
    bridge::{AnyAgent, Interface, Speech},
    upstream::A2aAgent,
};

/// The application's own service, which speaks v1.0 over JSON-RPC, for clients of every binding and version.
///
/// It is sent JSON-RPC by POST to `/`, whatever its clients speak, and answers with JSON or with an event stream.
/// Its card it answers at `/.well-known/agent-card.json`; what URLs and interfaces stand in it does not matter, since
/// the layer writes those that the gateway offers.
pub fn expose<S, B>(service: S) -> AnyAgent
where
    S: Service<Request<Peeked<Body>>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let endpoint = Endpoint::in_process();
    let speech = Speech::new(A2aBinding::JsonRpc, A2aVersion::V1_0);
    AnyAgent::builder(A2aAgent::new(service), endpoint.clone())
        .interfaces([Interface::new(speech, endpoint)])
        .build()
}
