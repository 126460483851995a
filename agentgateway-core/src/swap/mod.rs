//! A stack that can be replaced while it serves.
//!
//! # Behaviour
//!
//! Layers are values and hold no configuration that changes. A reload builds a new stack and
//! [replaces](SwapHandle::replace) the old one; each request runs wholly in the stack that was
//! current when it was called. The old stack is dropped when its last request and body have ended.
//! What must outlive a reload (pools, buckets, breakers) is an `Arc` that both stacks hold.
//!
//! # Errors
//!
//! Those of the inner service, unchanged. A failure of its `poll_ready` is the failure of that call.
//!
//! # Example
//!
//! ```
//! use agentgateway_core::swap::Swap;
//! use tower::{ServiceExt, service_fn};
//!
//! # tokio_test::block_on(async {
//! # fn stack(generation: u32) -> impl tower_service::Service<(), Response = u32, Error = std::convert::Infallible, Future: Send> + Clone {
//! #     service_fn(move |()| std::future::ready(Ok(generation)))
//! # }
//! let (service, handle) = Swap::new(tower::util::BoxCloneSyncService::new(stack(1)));
//! assert_eq!(service.clone().oneshot(()).await, Ok(1));
//!
//! handle.replace(tower::util::BoxCloneSyncService::new(stack(2)));
//! assert_eq!(service.oneshot(()).await, Ok(2));
//! # });
//! ```

mod future;
mod service;
#[cfg(test)]
mod tests;

pub use self::{
    future::ResponseFuture,
    service::{Swap, SwapHandle},
};
