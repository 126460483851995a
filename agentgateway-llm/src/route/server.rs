use std::{fmt, sync::Arc};

use agentgateway_core::{Body, BoxError, Error, Peeked};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{Layer, ServiceExt, util::BoxCloneSyncService};
use tower_service::Service;

use crate::{
    LlmCall,
    upstream::{LlmProvider, LlmUpstreamLayer, Provider},
};

/// A provider behind its client, with its type erased.
///
/// ```
/// use agentgateway_core::{Body, Error, Peeked};
/// use agentgateway_llm::{route::ModelServer, upstream::{Provider, ProviderKind}};
/// use http::{Request, Response};
///
/// let client = tower::service_fn(|request: Request<Peeked<Body>>| async move {
///     # drop(request);
///     Ok::<_, Error>(Response::new(Body::empty()))
/// });
/// let provider = Provider::new("main", ProviderKind::OpenAi, "https://api.openai.com".parse()?);
/// let server = ModelServer::new(provider, client);
/// assert_eq!(server.name(), "main");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ModelServer {
    provider: Arc<Provider>,
    service: BoxCloneSyncService<Request<Peeked<Body>>, Response<Body>, Error>,
}

impl ModelServer {
    /// A provider, and the client that reaches it. Layers of each attempt, such as a span, stand around the
    /// client.
    pub fn new<S, B>(provider: Provider, client: S) -> Self
    where
        S: Service<Request<Peeked<Body>>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError> + Send,
    {
        let service = LlmUpstreamLayer::new(provider.clone())
            .layer(client)
            .map_response(|response| response.map(Body::new));
        Self {
            provider: Arc::new(provider),
            service: BoxCloneSyncService::new(service),
        }
    }

    /// The provider's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.identity().name()
    }

    /// What `gen_ai.provider.name` is in its spans.
    #[must_use]
    pub fn semantic_name(&self) -> &str {
        self.identity().semantic_name()
    }

    fn identity(&self) -> &LlmProvider {
        self.provider.identity()
    }

    /// Whether it can be asked for this.
    pub(super) fn takes(&self, call: &LlmCall) -> bool {
        self.provider.takes(call)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Those of the provider's layer and of the client.
    ///
    /// # Cancel safety
    /// Dropping the future drops the attempt.
    pub(super) async fn ask(
        &self,
        request: Request<Peeked<Body>>,
    ) -> Result<Response<Body>, Error> {
        self.service.clone().oneshot(request).await
    }
}

impl fmt::Debug for ModelServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModelServer").field(self.identity()).finish()
    }
}
