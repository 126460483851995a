use std::{fmt, sync::Arc};

use http::request;
use tower_layer::Layer;

use super::Prefix;
use crate::media;

/// Reads the beginning of request bodies; see the [module](super).
#[derive(Clone)]
pub struct PrefixLayer {
    pub(super) limit_bytes: usize,
    pub(super) refuse_longer: bool,
    when: Condition,
}

type Condition = Arc<dyn Fn(&request::Parts) -> bool + Send + Sync>;

impl PrefixLayer {
    /// Reads up to so many bytes. A longer body is cut for those who look, and forwarded whole.
    #[must_use]
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            refuse_longer: false,
            when: Arc::new(|head| !media::is_grpc(&head.headers)),
        }
    }

    /// Refuses a body that is longer than the limit. Default: it is cut for those who look.
    #[must_use]
    pub const fn refuse_longer(mut self, yes: bool) -> Self {
        self.refuse_longer = yes;
        self
    }

    /// Reads the bodies of these requests alone. Default: all but those of gRPC.
    ///
    /// Leave out requests whose client waits for an answer before it goes on sending: they would wait
    /// here for ever.
    #[must_use]
    pub fn when(
        mut self,
        condition: impl Fn(&request::Parts) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.when = Arc::new(condition);
        self
    }

    pub(super) fn reads(&self, head: &request::Parts) -> bool {
        (self.when)(head)
    }
}

impl<S> Layer<S> for PrefixLayer {
    type Service = Prefix<S>;

    fn layer(&self, inner: S) -> Prefix<S> {
        Prefix::new(inner, self.clone())
    }
}

impl fmt::Debug for PrefixLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrefixLayer")
            .field("limit_bytes", &self.limit_bytes)
            .field("refuse_longer", &self.refuse_longer)
            .finish_non_exhaustive()
    }
}
