//! Which endpoint of a set takes a request.

mod balancer;
mod body;
mod breaker;
mod builder;
mod classify;
mod criteria;
mod ejection;
mod future;
mod gate;
mod latency;
mod layer;
mod lease;
mod list;
mod member;
mod node;
mod outcome;
mod random;
mod select;
mod service;
mod standing;
#[cfg(test)]
mod tests;
mod window;

pub use self::{
    balancer::Balancer,
    body::{LeaseEnd, ResponseBody},
    builder::BalancerBuilder,
    classify::{ByStatus, Classify},
    criteria::{Affinity, Chosen, Criteria, Tried},
    ejection::Ejection,
    future::ResponseFuture,
    layer::BalanceLayer,
    lease::Lease,
    member::Member,
    outcome::Outcome,
    service::Balance,
    standing::{Health, Standing},
};
