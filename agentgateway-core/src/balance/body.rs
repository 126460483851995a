use std::fmt;

use super::{ByStatus, Classify, Lease};
use crate::{
    body::{End, OnEnd, WithEnd},
    upstream::Endpoint,
};

/// The body that holds the endpoint's load until it has ended or is dropped.
pub type ResponseBody<B, C = ByStatus> = WithEnd<B, LeaseEnd<C>>;

/// Ends a [`Lease`] with the body of the answer.
pub struct LeaseEnd<C = ByStatus> {
    lease: Lease<Endpoint>,
    classify: C,
}

impl<C> LeaseEnd<C> {
    pub(super) const fn new(lease: Lease<Endpoint>, classify: C) -> Self {
        Self { lease, classify }
    }
}

impl<C: Classify> OnEnd for LeaseEnd<C> {
    fn on_end(mut self, end: End<'_>) {
        self.lease.settle(self.classify.end(end));
    }
}

impl<C> fmt::Debug for LeaseEnd<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaseEnd")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
