use std::{
    convert::Infallible,
    fmt,
    future::{Future, poll_fn},
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::SystemTime,
};

use agentgateway_core::{
    Error, ErrorKind,
    context::{ClientAddr, Principal},
    json::Raw,
    seal::{Seal, Sealer, unguessable},
};
use http::{Extensions, Uri};

use super::{
    PushReceiver, PushRelayBuilder, PushRelayLayer,
    builder::Shared,
    deliver::deliver,
    registered::{Exhausted, NOBODY},
    registration::{Registrant, Registration},
};
use crate::{A2aCall, PublicUrl};

const SEAL: Seal<'static> = Seal::new("a2a-push");

/// Stands between agents that push and clients that are pushed to.
///
/// See the [module](super) for what it does. A handle: clones are one relay.
#[derive(Clone)]
pub struct PushRelay(Arc<Shared>);

/// Why a URL is not registered.
pub(super) enum Refusal {
    /// What the call says is wrong, in these words.
    Words(String),
    /// There is no place for it.
    Error(Error),
}

// === impl PushRelay ===

impl PushRelay {
    /// Agents reach the [receiver](Self::receiver) below `{public}/push/`. The sealer's key is shared by all
    /// replicas, or what one has sealed another does not open.
    pub fn builder(public: PublicUrl, sealer: Sealer) -> PushRelayBuilder {
        PushRelayBuilder::new(public, sealer)
    }

    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// The layer that stands inside of [`A2aLayer`](crate::A2aLayer), around the agent.
    pub fn layer(&self) -> PushRelayLayer {
        PushRelayLayer::new(self.clone())
    }

    /// The service that agents push to. It answers any path that ends with what the relay has sealed.
    #[must_use]
    pub fn receiver(&self) -> PushReceiver {
        PushReceiver::new(self.clone())
    }

    /// Sends what has come. The application spawns it, once; without it notifications wait until there is no
    /// place for more.
    ///
    /// It never ends. What waits when it is dropped is lost: agents have been told that it was accepted.
    pub fn run(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let mut workers: Vec<_> = (0..self.0.workers)
            .map(|_| {
                Box::pin(work(self.0.clone())) as Pin<Box<dyn Future<Output = Infallible> + Send>>
            })
            .collect();
        poll_fn(move |cx| {
            for worker in &mut workers {
                if let Poll::Ready(never) = worker.as_mut().poll(cx) {
                    match never {}
                }
            }
            Poll::Pending
        })
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Registers what a push configuration says, and gives the URL that the agent is told.
    pub(super) fn register(
        &self,
        config: Raw<'_>,
        call: &A2aCall,
        whose: Registrant<'_>,
    ) -> Result<String, Refusal> {
        let shared = &self.0;
        let id = unguessable().ok_or_else(|| {
            Refusal::Error(Error::new(ErrorKind::Internal, "there is no randomness"))
        })?;
        let registration = Registration::read(config, call, id, whose).map_err(Refusal::Words)?;
        let uri = shared
            .guard
            .check(&registration.url)
            .map_err(|error| Refusal::Words(error.message().to_owned()))?;
        shared
            .registered
            .add(&registration.id, &host(&uri), whose.caller)
            .map_err(|exhausted| Refusal::Error(too_many(exhausted)))?;
        let expires = SystemTime::now() + shared.lifetime;
        let sealed = shared
            .sealer
            .seal(SEAL, registration.encode().as_bytes(), expires);
        Ok(format!("{}{sealed}", shared.prefix))
    }

    /// What was registered under the URL that an agent was told, however long ago.
    pub(super) fn registered(&self, url: &str) -> Option<Registration> {
        let sealed = url.strip_prefix(&*self.0.prefix)?;
        self.open(sealed, SystemTime::UNIX_EPOCH)
    }

    pub(super) fn open(&self, sealed: &str, now: SystemTime) -> Option<Registration> {
        let plain = self.0.sealer.open(SEAL, sealed, now)?;
        Registration::decode(&plain)
    }
}

impl fmt::Debug for PushRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushRelay")
            .field("prefix", &self.0.prefix)
            .finish_non_exhaustive()
    }
}

async fn work(shared: Arc<Shared>) -> Infallible {
    loop {
        let taken = shared.queue.next().await;
        deliver(&shared, &taken).await;
    }
}

/// The host of a URL, as it is counted.
pub(super) fn host(uri: &Uri) -> Box<str> {
    let host = uri.host().unwrap_or_default();
    host.trim_end_matches('.').to_ascii_lowercase().into()
}

/// Who registers, as it is counted: the same in every replica. [`NOBODY`] where nothing is known of it.
pub(super) fn caller(extensions: &Extensions) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let Some(principal) = extensions.get::<Principal>() {
        (principal.method(), principal.issuer(), principal.name()).hash(&mut hasher);
    } else if let Some(client) = extensions.get::<ClientAddr>() {
        client.addr().ip().hash(&mut hasher);
    } else {
        return NOBODY;
    }
    hasher.finish().max(NOBODY + 1)
}

fn too_many(exhausted: Exhausted) -> Error {
    Error::new(
        ErrorKind::RateLimited,
        match exhausted {
            Exhausted::Host => "too many push notifications are registered for this host",
            Exhausted::Caller => "you have registered too many push notifications",
            Exhausted::All => "too many push notifications are registered here",
        },
    )
}
