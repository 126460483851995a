use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use agentgateway_core::{
    BoxError, Error,
    timeout::{self, Clocks, TimeoutLayer},
};
use http::{Request, Response};
use tower_layer::Layer as _;
use tower_service::Service;

use super::ResponseFuture;
use crate::{call::McpCall, policy::tools::Pattern};

/// How large the answer with this in its extensions may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResultLimit {
    pub(crate) bytes: usize,
}

/// The service within the policies of [`ToolLimits`](super::ToolLimits): times and sizes.
#[derive(Clone, Debug)]
pub struct ToolLimited<S> {
    inner: S,
    times: Arc<[(Pattern, Duration)]>,
    sizes: Arc<[(Pattern, usize)]>,
}

impl<S> ToolLimited<S> {
    pub(super) const fn new(
        inner: S,
        times: Arc<[(Pattern, Duration)]>,
        sizes: Arc<[(Pattern, usize)]>,
    ) -> Self {
        Self {
            inner,
            times,
            sizes,
        }
    }
}

fn least<T: Copy + Ord>(limits: &[(Pattern, T)], tool: &str) -> Option<T> {
    let matching = limits.iter().filter(|(pattern, _)| pattern.matches(tool));
    matching.map(|(_, limit)| *limit).min()
}

impl<S, B, RB> Service<Request<B>> for ToolLimited<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<timeout::ResponseBody<RB>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let tool = request.extensions().get().and_then(McpCall::tool);
        let time = tool.and_then(|tool| least(&self.times, tool));
        let bytes = tool.and_then(|tool| least(&self.sizes, tool));
        let mut timed = TimeoutLayer::new(Clocks::new().attempt(time)).layer(&mut self.inner);
        ResponseFuture::new(
            timed.call(request),
            bytes.map(|bytes| ResultLimit { bytes }),
        )
    }
}
