use std::{fmt, sync::Arc};

use tower_layer::Layer;

use super::{Policed, Policy, run::Policies};

/// Mounts policies before a service. Clones share them.
///
/// See the [module](crate::policy) for what it does.
#[derive(Clone)]
pub struct PolicyLayer {
    policies: Policies,
}

impl PolicyLayer {
    /// Mounts one policy.
    pub fn new(policy: impl Policy) -> Self {
        Self::all([Arc::new(policy) as Arc<dyn Policy>])
    }

    /// Mounts policies that decide in this order. Without any, every request passes.
    pub fn all(policies: impl IntoIterator<Item = Arc<dyn Policy>>) -> Self {
        Self {
            policies: policies.into_iter().collect(),
        }
    }
}

impl<S> Layer<S> for PolicyLayer {
    type Service = Policed<S>;

    fn layer(&self, inner: S) -> Policed<S> {
        Policed::new(inner, self.policies.clone())
    }
}

impl fmt::Debug for PolicyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.policies.iter().map(|policy| policy.name());
        f.debug_list().entries(names).finish()
    }
}
