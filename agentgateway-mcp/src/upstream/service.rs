use std::task::{Context, Poll};

use agentgateway_core::{
    BoxError, Error, ErrorKind, Peeked,
    telemetry::{Propagation, record_target},
    upstream::AttemptFuture,
};
use bytes::Bytes;
use http::{Method, Request, Response, request};
use http_body::Body as HttpBody;
use tower_service::Service;
use tracing::Span;

use super::{inject, layer::Target};
use crate::call::{McpCall, McpKind};

/// The service of [`McpUpstreamLayer`](super::McpUpstreamLayer).
#[derive(Clone, Debug)]
pub struct McpUpstream<S> {
    inner: S,
    target: Target,
}

impl<S> McpUpstream<S> {
    pub(super) const fn new(inner: S, target: Target) -> Self {
        Self { inner, target }
    }

    /// The client inside.
    pub const fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S, B, RB> Service<Request<Peeked<B>>> for McpUpstream<S>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    B: HttpBody<Data = Bytes>,
{
    type Response = Response<RB>;
    type Error = Error;
    type Future = AttemptFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<Peeked<B>>) -> Self::Future {
        let (mut head, mut body) = request.into_parts();
        let Some(call) = head.extensions.get::<McpCall>().cloned() else {
            return AttemptFuture::refused(no_call(&head));
        };
        if let Err(error) = self.target.apply(&mut head) {
            return AttemptFuture::refused(error);
        }
        record_target(&Span::current(), &head.uri);
        let is_request = call.kind() == McpKind::Request;
        if self.target.carries_trace && is_request {
            carry_trace(&head, &mut body);
        }
        let future = self.inner.call(Request::from_parts(head, body));
        if is_request {
            AttemptFuture::sent_for_data(future)
        } else {
            AttemptFuture::sent(future)
        }
    }
}

/// Writes the current span's trace context into the body, where there is one to write.
fn carry_trace<B: HttpBody<Data = Bytes>>(head: &request::Parts, body: &mut Peeked<B>) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    let context = head
        .extensions
        .get::<Propagation>()
        .and_then(|propagation| propagation.context(&span));
    if let (Some(context), Some(whole)) = (context, body.whole()) {
        if let Some(pieces) = inject::trace_context(&whole, &context) {
            body.replace_read(pieces);
        }
    }
}

/// What is no MCP call goes to no MCP server: nothing inside of the gateway has judged it.
pub(super) fn no_call(head: &request::Parts) -> Error {
    if head.method == Method::POST {
        Error::new(
            ErrorKind::UnsupportedMediaType,
            "an MCP message is sent as application/json",
        )
    } else {
        Error::new(
            ErrorKind::MethodNotAllowed,
            "MCP is spoken with POST; with GET for an event stream, and DELETE for a session",
        )
    }
}
