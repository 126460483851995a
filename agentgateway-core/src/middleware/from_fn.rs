use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::error::BoxError;

/// Makes a layer of an async function that gets the request and what comes [`Next`].
///
/// The function may answer by itself, fail (a protocol layer outside says the error in its own
/// form), or change the request and the answer. The service it makes is always ready: the inner one
/// is waited for in [`Next::run`].
pub fn from_fn<F, B, S, Fut, RB>(f: F) -> FromFnLayer<F, B, S>
where
    F: Fn(Request<B>, Next<S>) -> Fut,
    Fut: Future<Output = Result<Response<RB>, BoxError>>,
{
    FromFnLayer {
        f,
        types: PhantomData,
    }
}

/// The layer of [`from_fn`].
pub struct FromFnLayer<F, B, S> {
    f: F,
    types: PhantomData<fn(B, S)>,
}

/// The service of [`from_fn`].
pub struct FromFn<F, B, S> {
    f: F,
    inner: S,
    types: PhantomData<fn(B)>,
}

impl<F: Clone, B, S> Clone for FromFnLayer<F, B, S> {
    fn clone(&self) -> Self {
        Self {
            f: self.f.clone(),
            types: PhantomData,
        }
    }
}

impl<F: Clone, B, S: Clone> Clone for FromFn<F, B, S> {
    fn clone(&self) -> Self {
        Self {
            f: self.f.clone(),
            inner: self.inner.clone(),
            types: PhantomData,
        }
    }
}

impl<F, B, S> fmt::Debug for FromFnLayer<F, B, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFnLayer").finish_non_exhaustive()
    }
}

impl<F, B, S> fmt::Debug for FromFn<F, B, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFn").finish_non_exhaustive()
    }
}

impl<F, B, S> Layer<S> for FromFnLayer<F, B, S>
where
    F: Clone,
{
    type Service = FromFn<F, B, S>;

    fn layer(&self, inner: S) -> Self::Service {
        FromFn {
            f: self.f.clone(),
            inner,
            types: PhantomData,
        }
    }
}

impl<F, B, S, Fut, RB> Service<Request<B>> for FromFn<F, B, S>
where
    F: Fn(Request<B>, Next<S>) -> Fut,
    Fut: Future<Output = Result<Response<RB>, BoxError>>,
    S: Clone,
{
    type Response = Response<RB>;
    type Error = BoxError;
    type Future = Fut;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Fut {
        (self.f)(
            request,
            Next {
                inner: self.inner.clone(),
            },
        )
    }
}

/// The rest of the stack.
pub struct Next<S> {
    inner: S,
}

impl<S> Next<S> {
    /// Waits until the inner service is ready, and calls it.
    ///
    /// # Cancel safety
    /// Dropping the future drops the request and the inner call.
    pub fn run<B, RB>(self, request: Request<B>) -> NextFuture<S, B, RB>
    where
        S: Service<Request<B>, Response = Response<RB>>,
    {
        NextFuture {
            state: State::Ready {
                inner: self.inner,
                request: Some(request),
            },
        }
    }
}

impl<S> fmt::Debug for Next<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}

pin_project_lite::pin_project! {
    /// The future of [`Next::run`].
    ///
    /// Its output is spelled out rather than projected from `S`, so that a closure's types can be
    /// inferred.
    pub struct NextFuture<S, B, RB> where S: Service<Request<B>, Response = Response<RB>> {
        #[pin]
        state: State<S, Request<B>, S::Future>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProj]
    enum State<S, Q, F> {
        Ready { inner: S, request: Option<Q> },
        Call { #[pin] future: F },
    }
}

impl<S, B, RB> fmt::Debug for NextFuture<S, B, RB>
where
    S: Service<Request<B>, Response = Response<RB>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextFuture").finish_non_exhaustive()
    }
}

impl<S, B, RB> Future for NextFuture<S, B, RB>
where
    S: Service<Request<B>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
{
    type Output = Result<Response<RB>, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProj::Ready { inner, request } => {
                    ready!(inner.poll_ready(cx)).map_err(Into::into)?;
                    let Some(request) = request.take() else {
                        return Poll::Pending;
                    };
                    let future = inner.call(request);
                    state.set(State::Call { future });
                }
                StateProj::Call { future } => return future.poll(cx).map_err(Into::into),
            }
        }
    }
}
