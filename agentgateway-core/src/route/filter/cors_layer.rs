use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{HeaderValue, Request, Response, StatusCode, header::ORIGIN};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::Cors;

/// Answers preflights, and says in every answer which pages may read it.
///
/// A preflight is answered with 204 and does not reach the service. This stands outside of what makes
/// errors answers: a page may read a failure only when it carries these fields too.
///
/// # Differences from `tower_http::cors`
/// That says to origins that it refuses which methods and headers it allows, adds to what the service
/// says instead of replacing it, and has no `*` together with credentials.
#[derive(Clone, Debug)]
pub struct CorsLayer {
    cors: Arc<Cors>,
}

/// The service of [`CorsLayer`].
#[derive(Clone, Debug)]
pub struct CorsService<S> {
    inner: S,
    cors: Arc<Cors>,
}

pin_project! {
    /// The future of [`CorsService`].
    ///
    /// # Cancel safety
    /// Dropping it drops the inner call.
    #[must_use = "futures do nothing unless polled"]
    pub struct CorsFuture<F, B> {
        #[pin]
        state: State<F, B>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F, B> {
        Preflight { answer: Option<Response<B>> },
        Inner { #[pin] call: F, cors: Arc<Cors>, origin: Option<HeaderValue> },
    }
}

impl CorsLayer {
    /// Decides by this.
    #[must_use]
    pub fn new(cors: Cors) -> Self {
        Self {
            cors: Arc::new(cors),
        }
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = CorsService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CorsService {
            inner,
            cors: Arc::clone(&self.cors),
        }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for CorsService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = CorsFuture<S::Future, ResBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let state = if Cors::is_preflight(request.method(), request.headers()) {
            let mut answer = Response::new(ResBody::default());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            *answer.headers_mut() = self.cors.preflight(request.headers());
            State::Preflight {
                answer: Some(answer),
            }
        } else {
            State::Inner {
                cors: Arc::clone(&self.cors),
                origin: request.headers().get(ORIGIN).cloned(),
                call: self.inner.call(request),
            }
        };
        CorsFuture { state }
    }
}

impl<F, B, E> Future for CorsFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Preflight { answer } => match answer.take() {
                Some(answer) => Poll::Ready(Ok(answer)),
                // Polled after its end.
                None => Poll::Pending,
            },
            StateProj::Inner { call, cors, origin } => {
                let mut answer = ready!(call.poll(cx));
                if let Ok(response) = &mut answer {
                    cors.apply(origin.as_ref(), response.headers_mut());
                }
                Poll::Ready(answer)
            }
        }
    }
}

impl<F, B> std::fmt::Debug for CorsFuture<F, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CorsFuture").finish_non_exhaustive()
    }
}
