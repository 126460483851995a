use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use tower_layer::Layer;

use super::{
    Fraction, MirrorService, Mirrored,
    exchange::{Settings, Shared},
};
use crate::random::SplitMix;

/// Sends a copy of a share of all requests to another service, and ignores what it answers.
///
/// # Behaviour
///
/// The body is copied while the service inside reads it, and the copy is sent when the last byte has
/// gone by: the original waits for nothing and fails with nothing. A body that is longer than the
/// [limit](Self::max_body_bytes), or that the service does not read to its end, is not mirrored. The
/// exchange with the mirror is a task of its own, has a [deadline](Self::deadline), and holds one of
/// a [number of places](Self::max_in_flight) from the beginning of the original on, so that what is
/// kept is bounded by places and limit.
///
/// The copy has method, target, version, header fields (but for `Expect` and `Transfer-Encoding`),
/// body and trailers, and no extensions. Upgrades and `CONNECT` are not mirrored. What came of each
/// copy is told to [`on_outcome`](Self::on_outcome) and in an event of `tracing` at level DEBUG.
///
/// Several layers mirror to several services.
///
/// # Example
///
/// ```
/// use agentgateway_core::{Body, route::{Fraction, MirrorLayer}};
/// use http::{Request, Response};
/// use tower::{Layer, ServiceExt, service_fn};
/// use std::convert::Infallible;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (seen, mut mirrored) = tokio::sync::mpsc::unbounded_channel();
/// let mirror = service_fn(move |request: Request<Body>| {
///     seen.send(request.uri().path().to_owned()).ok();
///     async { Ok::<_, Infallible>(Response::new(Body::empty())) }
/// });
/// let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new("served")) });
/// let layer = MirrorLayer::new(mirror, Fraction::ALL, |task| drop(tokio::spawn(task)));
///
/// let request = Request::get("/a").body(Body::empty())?;
/// assert_eq!(*layer.layer(service).oneshot(request).await?.body(), "served");
/// assert_eq!(mirrored.recv().await.as_deref(), Some("/a"));
/// # Ok(())
/// # }
/// ```
///
/// # Source
/// Gateway API v1, `HTTPRequestMirrorFilter`.
#[derive(Clone)]
pub struct MirrorLayer<M> {
    mirror: M,
    settings: Settings,
    fraction: Fraction,
}

impl<M> MirrorLayer<M> {
    /// Mirrors this share to this service, in tasks that `spawn` runs on a runtime of tokio's.
    pub fn new(
        mirror: M,
        fraction: Fraction,
        spawn: impl Fn(Pin<Box<dyn Future<Output = ()> + Send>>) + Send + Sync + 'static,
    ) -> Self {
        let random = SplitMix::seeded();
        Self {
            mirror,
            fraction,
            settings: Settings {
                spawn: Arc::new(spawn),
                random: Arc::new(move || random.next()),
                on_outcome: Arc::new(|_| {}),
                max_body_bytes: 1 << 20,
                max_in_flight: 100,
                deadline: Duration::from_secs(30),
            },
        }
    }

    /// The longest body that is mirrored, in bytes. Default: 1 MiB.
    ///
    /// A longer one is [`Mirrored::TooLarge`].
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_body_bytes = bytes;
        self
    }

    /// How many requests are copied or mirrored at once, by all clones of one service. Default: 100.
    ///
    /// One more is [`Mirrored::TooMany`].
    #[must_use]
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.settings.max_in_flight = requests;
        self
    }

    /// How long the mirror may take for its answer, the body included. Default: 30 s.
    ///
    /// Then the exchange is dropped; without a head it is [`Mirrored::TimedOut`]. Of the body no more
    /// is read than the [limit](Self::max_body_bytes) of the request's.
    #[must_use]
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.settings.deadline = limit;
        self
    }

    /// 64 random bits, of which no secret depends. Default: SplitMix64, with a seed of its own.
    #[must_use]
    pub fn random(mut self, next: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.settings.random = Arc::new(next);
        self
    }

    /// Is told what came of each request of the share. It must not block.
    #[must_use]
    pub fn on_outcome(mut self, tell: impl Fn(Mirrored) + Send + Sync + 'static) -> Self {
        self.settings.on_outcome = Arc::new(tell);
        self
    }
}

impl<S, M: Clone> Layer<S> for MirrorLayer<M> {
    type Service = MirrorService<S, M>;

    fn layer(&self, inner: S) -> Self::Service {
        let shared = Shared::new(self.settings.clone());
        MirrorService::new(inner, self.mirror.clone(), self.fraction, shared)
    }
}

impl<M> fmt::Debug for MirrorLayer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorLayer")
            .field("fraction", &self.fraction)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
