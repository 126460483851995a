use http::{HeaderMap, Method, StatusCode, response};
use tower_layer::Layer;

use super::Buffer;
use crate::media;

/// How much is read of a body, and what becomes of a longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole {
    pub(super) max_bytes: usize,
    pub(super) passes_longer: bool,
}

impl Whole {
    /// Reads bodies of up to so many bytes, and refuses longer ones.
    #[must_use]
    pub const fn up_to(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            passes_longer: false,
        }
    }

    /// Lets a longer body go on as it comes. Default: it is refused.
    #[must_use]
    pub const fn pass_longer(mut self, yes: bool) -> Self {
        self.passes_longer = yes;
        self
    }
}

/// Reads bodies whole before they go on; see the [module](super). By default it reads none.
#[derive(Clone, Copy, Debug, Default)]
pub struct BufferLayer {
    request: Option<Whole>,
    response: Option<Whole>,
}

impl BufferLayer {
    /// Reads nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            request: None,
            response: None,
        }
    }

    /// Reads the bodies of requests.
    #[must_use]
    pub const fn request(mut self, whole: Whole) -> Self {
        self.request = Some(whole);
        self
    }

    /// Reads the bodies of answers.
    #[must_use]
    pub const fn response(mut self, whole: Whole) -> Self {
        self.response = Some(whole);
        self
    }

    pub(super) fn of_request(&self, headers: &HeaderMap) -> Option<Whole> {
        self.request.filter(|_| !media::is_grpc(headers))
    }

    pub(super) fn of_answer(&self, method: &Method, head: &response::Parts) -> Option<Whole> {
        let tunnels = head.status == StatusCode::SWITCHING_PROTOCOLS
            || (method == Method::CONNECT && head.status.is_success());
        let flows = media::is_event_stream(&head.headers) || media::is_grpc(&head.headers);
        self.response.filter(|_| !tunnels && !flows)
    }
}

impl<S> Layer<S> for BufferLayer {
    type Service = Buffer<S>;

    fn layer(&self, inner: S) -> Buffer<S> {
        Buffer::new(inner, *self)
    }
}
