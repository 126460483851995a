use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::{FutureExt, Shared};
use http::{Request, Response};
use http_body::Body as HttpBody;
use tokio::time::{Instant, timeout};
use tower_service::Service;

use super::{
    super::{InvalidKeys, KeySet},
    KeysFailure, KeysStanding,
    discovery::Place,
    fetch::{self, Fetch, Over},
    look::{Look, Waiting},
    state::{State, Step},
};
use crate::{body::Body, error::BoxError};

/// How long a request waits for newer keys while those that are held can be used.
const PATIENCE: Duration = Duration::from_secs(1);

/// The keys of an issuer as its server publishes them. Clones share them.
///
/// # Behaviour
///
/// * Nothing is fetched before a token needs it, or [`refresh`](Self::refresh) asks for it. The first
///   requests wait for one fetch that they share.
/// * Keys are used as long as the server says (`max-age`, from 1 min to 1 h), or
///   [`fresh_for`](Self::fresh_for) where it says nothing. Then they are fetched anew, once for all:
///   in the background where the application has handed over an [executor](Self::refreshed_by), else
///   by the requests that come, which wait for it 1 s at most and go on with the keys that are held.
/// * When that fails, the last good keys serve on for [`stale_for`](Self::stale_for). The server is
///   asked again after 1 s, and more slowly with each failure, up to
///   [`unknown_key_interval`](Self::unknown_key_interval).
/// * A token whose `kid` is not known has the keys fetched anew, at most once in
///   `unknown_key_interval`: then it is refused without a question. While the server fails it is told
///   503, since its key may be a new one.
/// * Of an answer is read what [`max_bytes`](Self::max_bytes) and [`timeout`](Self::timeout) allow.
///   It must have status 200 and be JSON; no redirect is followed, and no secret is taken from it.
///   One without a usable key is a failure, and changes nothing.
///
/// # Cancel safety
///
/// A fetch goes on while one of those waits who need it, or in the background. One that nobody waits
/// for is given up.
#[derive(Clone)]
pub struct RemoteKeys {
    place: Arc<Place>,
    client: Arc<dyn Fetch>,
    terms: Terms,
    spawn: Option<Spawn>,
    state: Arc<Mutex<State>>,
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
type Spawn = Arc<dyn Fn(Task) + Send + Sync>;

/// A fetch that all share who wait for it.
pub(super) type Flight = Shared<Flying>;
pub(super) type Flying = Pin<Box<dyn Future<Output = Result<Arc<KeySet>, KeysFailure>> + Send>>;

#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) fresh_for: Duration,
    pub(super) stale_for: Duration,
    pub(super) unknown_key_interval: Duration,
    timeout: Duration,
    max_bytes: usize,
}

impl RemoteKeys {
    /// The JWK set at this URL, fetched by this client.
    ///
    /// # Errors
    /// [`InvalidKeys`] when it is no URL of `http` or `https`.
    pub fn new<S, B>(url: &str, client: S) -> Result<Self, InvalidKeys>
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Ok(Self::at(Place::url(url)?, client))
    }

    /// The JWK set to which the issuer's OpenID configuration leads
    /// (`/.well-known/openid-configuration`): on the issuer's own server, unless another is
    /// [allowed](Self::allow_host). Each fetch asks for both.
    ///
    /// # Errors
    /// [`InvalidKeys`] when the issuer is no URL of `http` or `https`.
    pub fn discover<S, B>(issuer: &str, client: S) -> Result<Self, InvalidKeys>
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Ok(Self::at(Place::discovered(issuer)?, client))
    }

    fn at<S>(place: Place, client: S) -> Self
    where
        Over<S>: Fetch + 'static,
    {
        Self {
            place: Arc::new(place),
            client: Arc::new(Over(client)),
            terms: Terms {
                fresh_for: Duration::from_secs(5 * 60),
                stale_for: Duration::from_secs(60 * 60),
                unknown_key_interval: Duration::from_secs(10),
                timeout: Duration::from_secs(5),
                max_bytes: 256 * 1024,
            },
            spawn: None,
            state: Arc::default(),
        }
    }

    /// Lets the issuer's configuration lead to this host too. Of no meaning without
    /// [`discover`](Self::discover).
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<Box<str>>) -> Self {
        if let Place::Discovered { allowed, .. } = Arc::make_mut(&mut self.place) {
            allowed.push(host.into());
        }
        self
    }

    /// Runs refreshes in the background, such as by `tokio::spawn`. Default: the requests that need
    /// them do.
    #[must_use]
    pub fn refreshed_by(mut self, spawn: impl Fn(Task) + Send + Sync + 'static) -> Self {
        self.spawn = Some(Arc::new(spawn));
        self
    }

    /// How long keys are used where the server does not say it. Default: 5 min.
    #[must_use]
    pub const fn fresh_for(mut self, limit: Duration) -> Self {
        self.terms.fresh_for = limit;
        self
    }

    /// How long after that they serve while newer ones cannot be had. Default: 1 h.
    #[must_use]
    pub const fn stale_for(mut self, limit: Duration) -> Self {
        self.terms.stale_for = limit;
        self
    }

    /// How long it is at least from one fetch for a key that is not known to the next. Default: 10 s.
    #[must_use]
    pub const fn unknown_key_interval(mut self, interval: Duration) -> Self {
        self.terms.unknown_key_interval = interval;
        self
    }

    /// How long a fetch may take in all. Default: 5 s.
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.terms.timeout = limit;
        self
    }

    /// How large an answer may be, in bytes. Default: 256 KiB.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.terms.max_bytes = bytes;
        self
    }

    /// Fetches the keys now, or waits for the fetch that is under way: for the start of an
    /// application.
    ///
    /// # Errors
    /// [`KeysFailure`], which the standing tells too.
    pub async fn refresh(&self) -> Result<(), KeysFailure> {
        self.flight(None).await.map(|_| ())
    }

    /// How it stands with the keys.
    #[must_use]
    pub fn standing(&self) -> KeysStanding {
        self.state().standing(Instant::now())
    }

    /// Looks for the keys of a token that names its key so.
    pub(in crate::auth::jwt) fn look(&self, id: Option<&str>) -> Look {
        let mut state = self.state();
        let step = state.step(id, Instant::now(), &self.terms);
        let flight = state.flight();
        drop(state);
        match step {
            Step::Use(keys) => Look::Found(keys),
            Step::Fail(left) => Look::Failed(left),
            Step::Wait => Look::Wait(self.wait(self.flight(flight))),
            Step::Refresh(keys) => {
                let flight = self.flight(flight);
                if self.spawn.is_some() {
                    Look::Found(keys)
                } else {
                    Look::Wait(self.wait_a_while(flight, keys))
                }
            }
        }
    }

    fn wait(&self, flight: Flight) -> Waiting {
        let state = Arc::clone(&self.state);
        Box::pin(async move {
            let landed = flight.await;
            landed.map_err(|_| locked(&state).pause(Instant::now()))
        })
    }

    fn wait_a_while(&self, flight: Flight, held: Arc<KeySet>) -> Waiting {
        let state = Arc::clone(&self.state);
        Box::pin(async move {
            Ok(match timeout(PATIENCE, flight).await {
                Ok(landed) => landed.unwrap_or(held),
                Err(_) => {
                    locked(&state).overdue(Instant::now());
                    held
                }
            })
        })
    }

    /// The fetch that is under way, or a new one.
    fn flight(&self, under_way: Option<Flight>) -> Flight {
        if let Some(flight) = under_way {
            return flight;
        }
        let flight = {
            let mut state = self.state();
            // Another may have been quicker.
            if let Some(flight) = state.flight() {
                return flight;
            }
            let flight = self.take_off();
            state.took_off(&flight);
            flight
        };
        if let Some(spawn) = &self.spawn {
            spawn(Box::pin(flight.clone().map(|_| ())));
        }
        flight
    }

    fn take_off(&self) -> Flight {
        let (place, client) = (Arc::clone(&self.place), Arc::clone(&self.client));
        let terms = self.terms;
        let state = Arc::downgrade(&self.state);
        let flying = async move {
            let fetched = fetch::keys(&place, &*client, terms.max_bytes);
            let fetched = match timeout(terms.timeout, fetched).await {
                Ok(fetched) => fetched,
                Err(_) => Err(KeysFailure::TimedOut),
            };
            tell(&place, &fetched);
            if let Some(state) = state.upgrade() {
                locked(&state).landed(fetched.as_ref(), Instant::now(), &terms);
            }
            fetched.map(|fetched| fetched.keys)
        };
        (Box::pin(flying) as Flying).shared()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

fn tell(place: &Place, fetched: &Result<fetch::Fetched, KeysFailure>) {
    let url = place.shown();
    match fetched {
        Ok(fetched) => tracing::debug!(url, keys = fetched.keys.len(), "fetched keys"),
        Err(failure) => tracing::warn!(url, %failure, "keys cannot be fetched"),
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys")
            .field("url", &self.place.shown())
            .field("standing", &self.standing())
            .finish_non_exhaustive()
    }
}
