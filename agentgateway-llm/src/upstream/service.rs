use std::{
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{BoxError, Error, Peeked, upstream::AttemptFuture};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{Provider, ResponseBody, ResponseFuture, prepare::prepare};
use crate::LlmCall;

/// Directs requests to one provider. See the [module](super) for what it does.
#[derive(Clone, Debug)]
pub struct LlmUpstreamLayer {
    provider: Arc<Provider>,
}

impl LlmUpstreamLayer {
    /// Directs requests to `provider`.
    #[must_use]
    pub fn new(provider: Provider) -> Self {
        Self {
            provider: Arc::new(provider),
        }
    }
}

impl<S> Layer<S> for LlmUpstreamLayer {
    type Service = LlmUpstream<S>;

    fn layer(&self, inner: S) -> Self::Service {
        LlmUpstream {
            inner,
            provider: Arc::clone(&self.provider),
        }
    }
}

/// The service of [`LlmUpstreamLayer`].
#[derive(Clone, Debug)]
pub struct LlmUpstream<S> {
    inner: S,
    provider: Arc<Provider>,
}

impl<S, B, RB> Service<Request<Peeked<B>>> for LlmUpstream<S>
where
    B: HttpBody<Data = Bytes>,
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    RB: HttpBody<Data = Bytes>,
    RB::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<RB>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future, RB>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<Peeked<B>>) -> Self::Future {
        let (mut head, mut body) = request.into_parts();
        match prepare(&self.provider, &mut head, &mut body) {
            Ok(prepared) => {
                let is_call = head.extensions.get::<LlmCall>().is_some();
                let sent = self.inner.call(Request::from_parts(head, body));
                ResponseFuture::new(AttemptFuture::sent_for_data(sent), prepared, is_call)
            }
            Err(error) => ResponseFuture::refused(error),
        }
    }
}

/// The usage of this answer was asked for by the gateway and not by the client, in the answer's
/// extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UsageInjected;
