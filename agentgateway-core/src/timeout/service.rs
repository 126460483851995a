use std::task::{Context, Poll};

use http::{Request, Response};
use tokio::time::Instant;
use tower_service::Service;

use super::{ResponseBody, ResponseFuture, TimeoutLayer, body::Limits, clocks::earlier};
use crate::{
    context::{Cutoff, Deadline},
    error::{BoxError, Error},
};

/// The service of [`TimeoutLayer`].
#[derive(Clone, Copy, Debug)]
pub struct Timeout<S> {
    inner: S,
    layer: TimeoutLayer,
}

impl<S> Timeout<S> {
    pub(super) const fn new(inner: S, layer: TimeoutLayer) -> Self {
        Self { inner, layer }
    }
}

impl<S, B, RB> Service<Request<B>> for Timeout<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<RB>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let TimeoutLayer { clocks, streams } = self.layer;
        let now = Instant::now();
        let extensions = request.extensions_mut();
        // For all within, where there are more of these.
        let cutoff = extensions.remove::<Cutoff>();
        let streams = streams(extensions);
        let end = clocks.end(extensions, now);
        let head = earlier(clocks.until_head(streams, now), end);
        if let Some(head) = head {
            Deadline::at(head).insert(extensions);
        }
        ResponseFuture::new(
            self.inner.call(request),
            head,
            Limits {
                first: clocks.until_first_byte(streams, now),
                end,
                gap: clocks.between_pieces(),
            },
            cutoff,
        )
    }
}
