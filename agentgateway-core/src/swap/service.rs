use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use arc_swap::ArcSwap;
use tower_service::Service;

use super::ResponseFuture;

/// Serves with the current stack.
///
/// Always ready: the stack of a request is chosen in `call`, and is waited for there. So limits and
/// load shedding belong inside the stack, not around the `Swap`.
pub struct Swap<S> {
    current: Arc<ArcSwap<S>>,
}

impl<S> Swap<S> {
    /// Starts with this stack; the handle replaces it.
    #[must_use]
    pub fn new(stack: S) -> (Self, SwapHandle<S>) {
        let current = Arc::new(ArcSwap::from_pointee(stack));
        let handle = SwapHandle {
            current: Arc::clone(&current),
        };
        (Self { current }, handle)
    }
}

impl<S, Request> Service<Request> for Swap<S>
where
    S: Service<Request> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, Request>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let stack = S::clone(&self.current.load());
        ResponseFuture::new(stack, request)
    }
}

impl<S> Clone for Swap<S> {
    fn clone(&self) -> Self {
        Self {
            current: Arc::clone(&self.current),
        }
    }
}

impl<S> fmt::Debug for Swap<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Swap").finish_non_exhaustive()
    }
}

// === impl SwapHandle ===

/// Replaces the stack of every clone of one [`Swap`].
pub struct SwapHandle<S> {
    current: Arc<ArcSwap<S>>,
}

impl<S> SwapHandle<S> {
    /// Makes this the stack of all requests from now on.
    ///
    /// Requests that have started stay in the stack that they started in. Never waits.
    pub fn replace(&self, stack: S) {
        self.current.store(Arc::new(stack));
    }
}

impl<S> Clone for SwapHandle<S> {
    fn clone(&self) -> Self {
        Self {
            current: Arc::clone(&self.current),
        }
    }
}

impl<S> fmt::Debug for SwapHandle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SwapHandle").finish_non_exhaustive()
    }
}
