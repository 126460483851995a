use tower_layer::Layer;

use super::{UpstreamToken, UpstreamTokens};

/// Sends the gateway's own token along with each request, in the place of whatever stands in
/// `authorization`.
///
/// See the [module](super) for what it does.
#[derive(Clone, Debug)]
pub struct UpstreamTokenLayer {
    tokens: UpstreamTokens,
}

impl UpstreamTokenLayer {
    /// Tokens from here.
    #[must_use]
    pub const fn new(tokens: UpstreamTokens) -> Self {
        Self { tokens }
    }
}

impl<S> Layer<S> for UpstreamTokenLayer {
    type Service = UpstreamToken<S>;

    fn layer(&self, inner: S) -> UpstreamToken<S> {
        UpstreamToken::new(inner, self.tokens.clone())
    }
}
