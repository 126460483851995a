use std::{collections::BTreeMap, fmt, net::SocketAddr, sync::Arc, time::Duration};

use http::request;
use serde_json::{Map, Value};

use super::{
    attributes::{self, BodyForm},
    told,
    verdict::Verdict,
};
use crate::{
    envoy::{
        Failure, HeaderFilter, Trail,
        grpc::Method,
        wire::{
            auth::{AttributeContext, CHECK, CheckRequest},
            common::Metadata,
            from_object,
        },
    },
    upstream::{Endpoint, Upstream},
};

const DEADLINE: Duration = Duration::from_millis(200);
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// An authorization service that speaks `envoy.service.auth.v3` over gRPC.
///
/// It is told of each request: method, path, host, scheme, protocol, header fields, the client's
/// address and, where they are known, the identity of its certificate, the claims of its token and the
/// name that it asked for in TLS.
#[derive(Clone)]
pub struct GrpcService {
    method: Method,
    headers: HeaderFilter,
    pub(super) upstream: HeaderFilter,
    context: BTreeMap<String, String>,
    metadata: Vec<(Arc<str>, Read<Map<String, Value>>)>,
    destination: Option<SocketAddr>,
    certificate: Option<Read<String>>,
    body: Option<BodyForm>,
}

type Read<T> = Arc<dyn Fn(&request::Parts) -> Option<T> + Send + Sync>;

impl GrpcService {
    /// A service at this endpoint, over a client that speaks HTTP/2.
    pub fn new(endpoint: Endpoint, client: impl Into<Upstream>) -> Self {
        Self {
            method: Method::new(client.into(), endpoint, CHECK, DEADLINE, MAX_ANSWER_BYTES),
            headers: HeaderFilter::all(),
            upstream: HeaderFilter::all(),
            context: BTreeMap::new(),
            metadata: Vec::new(),
            destination: None,
            certificate: None,
            body: None,
        }
    }

    /// How long it has for its answer, connecting included. Default: 200 ms. At the limit the call is
    /// cancelled, and the [failure mode](super::ExtAuthz::failure_mode) decides.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.method.deadline = deadline;
        self
    }

    /// The longest answer, in bytes. Default: 256 KiB. A longer one is a failure.
    #[must_use]
    pub const fn max_answer_bytes(mut self, limit: usize) -> Self {
        self.method.max_answer_bytes = limit;
        self
    }

    /// The header fields of a request that it is told of. Default: all.
    #[must_use]
    pub fn request_headers(mut self, filter: HeaderFilter) -> Self {
        self.headers = filter;
        self
    }

    /// The header fields of a request that it may set. Default: all. Those that frame a message, and
    /// `Host`, it may not set in any case; what it asks for beyond is left out.
    ///
    /// Fields that are named here ([`only`](HeaderFilter::only)) are taken from a request that passes
    /// without its word ([`FailureMode::Open`](crate::policy::FailureMode::Open)), since a client may have
    /// written them itself.
    #[must_use]
    pub fn upstream_headers(mut self, filter: HeaderFilter) -> Self {
        self.upstream = filter;
        self
    }

    /// Tells it this with each request (`context_extensions`). Default: nothing.
    #[must_use]
    pub fn context_extension(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.context.insert(name.into(), value.into());
        self
    }

    /// Tells it what this function makes of a request (`metadata_context.filter_metadata`); nothing
    /// where that is `None`.
    ///
    /// Default: `envoy.filters.http.jwt_authn` with the claims of a checked token as its
    /// `jwt_payload`. With one of its own, an application says that too, or not.
    #[must_use]
    pub fn request_metadata(
        mut self,
        name: impl Into<Arc<str>>,
        read: impl Fn(&request::Parts) -> Option<Map<String, Value>> + Send + Sync + 'static,
    ) -> Self {
        self.metadata.push((name.into(), Arc::new(read)));
        self
    }

    /// The address at which requests arrive, as it is told (`destination`). Default: none.
    #[must_use]
    pub const fn destination(mut self, local: SocketAddr) -> Self {
        self.destination = Some(local);
        self
    }

    /// Tells it the client's certificate (`source.certificate`), which this function gives in PEM,
    /// percent-encoded. Default: none.
    #[must_use]
    pub fn certificate(
        mut self,
        read: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.certificate = Some(Arc::new(read));
        self
    }

    /// Sends it what a [`PrefixLayer`](crate::body::PrefixLayer) outside has read of the body, as text
    /// (`body`); bytes that are no UTF-8 are replaced. Default: no.
    ///
    /// The header `x-envoy-auth-partial-body` among those that it is told says whether that may be
    /// less than all, which a body that nobody has read always may.
    #[must_use]
    pub const fn forward_body(mut self) -> Self {
        self.body = Some(BodyForm::Text);
        self
    }

    /// The same, as bytes (`raw_body`). Default: no.
    #[must_use]
    pub const fn forward_raw_body(mut self) -> Self {
        self.body = Some(BodyForm::Bytes);
        self
    }

    pub(super) fn question(&self, head: &request::Parts) -> CheckRequest {
        let certificate = self.certificate.as_ref().and_then(|read| read(head));
        let metadata = if self.metadata.is_empty() {
            attributes::token_claims(head).into_iter().collect()
        } else {
            let named = self.metadata.iter();
            let said = named.filter_map(|(name, read)| Some((name, read(head)?)));
            said.map(|(name, object)| ((**name).to_owned(), from_object(&object)))
                .collect()
        };
        CheckRequest {
            attributes: Some(AttributeContext {
                source: Some(attributes::source(head, certificate)),
                destination: self.destination.map(attributes::destination),
                request: Some(attributes::request(head, &self.headers, self.body)),
                context_extensions: self.context.clone(),
                metadata_context: Some(Metadata {
                    filter_metadata: metadata,
                }),
                tls_session: attributes::tls_session(head),
            }),
        }
    }

    pub(super) async fn ask(
        &self,
        question: &CheckRequest,
        trail: Trail,
    ) -> Result<Verdict, Failure> {
        let answer = self.method.call(question, trail).await?;
        told::verdict(answer, &self.upstream)
    }
}

impl fmt::Debug for GrpcService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcService")
            .field("method", &self.method)
            .field("headers", &self.headers)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
