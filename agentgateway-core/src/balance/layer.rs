use tower_layer::Layer;

use super::{Balance, Balancer, ByStatus};
use crate::upstream::Endpoint;

/// Sends each request to an endpoint of a set, through one client.
///
/// See the [module](crate::balance) for what is read and written.
#[derive(Clone, Debug)]
pub struct BalanceLayer<C = ByStatus> {
    balancer: Balancer<Endpoint>,
    classify: C,
}

impl BalanceLayer {
    /// Balances over these endpoints; whoever keeps a clone of the balancer can replace them.
    #[must_use]
    pub const fn new(balancer: Balancer<Endpoint>) -> Self {
        Self {
            balancer,
            classify: ByStatus::new(),
        }
    }
}

impl<C> BalanceLayer<C> {
    /// What counts as a failure. Default: [`ByStatus`].
    #[must_use]
    pub fn classify<D>(self, classify: D) -> BalanceLayer<D> {
        BalanceLayer {
            balancer: self.balancer,
            classify,
        }
    }
}

impl<S, C> Layer<S> for BalanceLayer<C>
where
    C: Clone,
{
    type Service = Balance<S, C>;

    fn layer(&self, inner: S) -> Self::Service {
        Balance::new(inner, self.balancer.clone()).classify(self.classify.clone())
    }
}
