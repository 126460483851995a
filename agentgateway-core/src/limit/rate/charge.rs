use std::sync::Arc;

use crate::{
    context::Used,
    limit::metered::Bill,
    store::{Rate, RateStore},
};

/// The tokens of a call, to be taken when they are known.
pub(super) struct Charge {
    pub(super) store: Arc<dyn RateStore>,
    pub(super) rates: Arc<[Rate]>,
    pub(super) key: String,
    pub(super) estimate: u64,
}

impl Bill for Charge {
    fn pay(self, used: Option<&Used>, may_have_used: bool) {
        let fallback = if may_have_used { self.estimate } else { 0 };
        let tokens = used.and_then(Used::total).unwrap_or(fallback);
        if tokens > 0 {
            self.store.charge(&self.key, &self.rates, tokens);
        }
    }
}
