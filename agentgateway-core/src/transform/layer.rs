use std::{fmt, sync::Arc};

use http::request;
use tower_layer::Layer;

use super::{Transform, Transformation};

/// Changes requests and answers; see the [module](super).
#[derive(Clone)]
pub struct TransformLayer {
    choose: Choose,
}

type Choose = Arc<dyn Fn(&request::Parts) -> Option<Arc<Transformation>> + Send + Sync>;

impl TransformLayer {
    /// Makes the same changes in all exchanges.
    #[must_use]
    pub fn new(transformation: Transformation) -> Self {
        let transformation = Arc::new(transformation);
        Self::choose(move |_| Some(Arc::clone(&transformation)))
    }

    /// Makes the changes that this function chooses by the request's head; where it chooses none, the
    /// exchange stays as it is.
    #[must_use]
    pub fn choose(
        choose: impl Fn(&request::Parts) -> Option<Arc<Transformation>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            choose: Arc::new(choose),
        }
    }

    pub(super) fn chosen(&self, head: &request::Parts) -> Option<Arc<Transformation>> {
        (self.choose)(head)
    }
}

impl<S> Layer<S> for TransformLayer {
    type Service = Transform<S>;

    fn layer(&self, inner: S) -> Transform<S> {
        Transform::new(inner, self.clone())
    }
}

impl fmt::Debug for TransformLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransformLayer").finish_non_exhaustive()
    }
}
