use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agentgateway_core::{Error, ErrorKind, Peeked, context::Written, upstream::Endpoint};
use bytes::Bytes;
use http::{Extensions, HeaderValue, Method, Request, header as names, request};
use tokio::time::{Instant, timeout};

use super::{
    KnownCard,
    hosts::Hosts,
    places::{CardPlace, CardPlaces},
};
use crate::{
    bridge::{Interface, Speech, answers::bad_answer, gather},
    upstream::{A2aAgent, Directed},
    wire::{
        A2aBinding, A2aVersion,
        card::{AgentCard, AgentInterface},
        header,
    },
};

/// The largest card that is read, in bytes.
pub(super) const CARD_BYTES: usize = 1024 * 1024;
/// How long a card may take.
const CARD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a card that could not be read is not asked for again.
pub(super) const PAUSE: Duration = Duration::from_secs(5);

/// What is known of an agent by its card.
#[derive(Debug)]
pub(super) struct Found {
    agent: A2aAgent,
    hosts: Hosts,
    places: CardPlaces,
    lifetime: Duration,
    /// Its interfaces are read in its card.
    by_card: bool,
    /// Those at one port alone are used.
    one_port: bool,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The last good one.
    last: Option<Read>,
    /// When it is asked again.
    until: Option<Instant>,
}

/// What one card says.
#[derive(Clone, Debug)]
struct Read {
    card: KnownCard,
    interfaces: Arc<[Interface]>,
    /// The place that it was read at.
    place: Arc<str>,
}

impl Found {
    pub(super) fn new(
        agent: A2aAgent,
        hosts: Hosts,
        places: CardPlaces,
        lifetime: Duration,
        (by_card, one_port): (bool, bool),
    ) -> Self {
        Self {
            agent,
            hosts,
            places,
            lifetime,
            by_card,
            one_port,
            known: Mutex::default(),
        }
    }

    /// The agent's interfaces; `None` while its card cannot be read.
    pub(super) async fn interfaces(&self, asking: &Extensions) -> Option<Arc<[Interface]>> {
        Some(self.current(asking).await?.interfaces)
    }

    /// The agent's card; `None` while it cannot be read.
    pub(super) async fn card(&self, asking: &Extensions) -> Option<KnownCard> {
        Some(self.current(asking).await?.card)
    }

    /// Whether a card was read, however old it is.
    pub(super) fn knows(&self) -> bool {
        self.known().last.is_some()
    }

    /// What is known and not old; nothing has to be waited for.
    pub(super) fn fresh(&self) -> Option<Arc<[Interface]>> {
        let known = self.known();
        let until = known.until?;
        let last = known.last.as_ref()?;
        (Instant::now() < until).then(|| last.interfaces.clone())
    }

    /// Whether a GET of this asks for the card where it is looked for here, and as it is asked for here. What an
    /// agent answers to anything else a client might choose.
    pub(super) fn asks_for_card(&self, head: &request::Parts) -> bool {
        let version = head.headers.get(header::VERSION);
        let version = version.map_or(Some(A2aVersion::V1_0), |version| {
            version.to_str().ok().map(A2aVersion::parse)
        });
        head.method == Method::GET
            && head.uri.query().is_none()
            && self.places.are_at(head.uri.path())
            && version == Some(A2aVersion::V1_0)
    }

    /// Directs a client's request for the card to where configuration says that it is.
    pub(super) fn direct(&self, head: &mut request::Parts) {
        self.places.direct(head);
    }

    /// The card, where it stands at another path than this, at which the agent has none.
    ///
    /// Agents have it at the path of v0.2 alone, or at the origin, and clients ask behind a prefix.
    pub(super) async fn elsewhere(&self, path: &str, asking: &Extensions) -> Option<KnownCard> {
        if self.places.are_only_at(path) {
            return None;
        }
        let read = self.current(asking).await?;
        (*read.place != *path).then_some(read.card)
    }

    /// Takes up a card that has been fetched for a client, in whatever dialect where it was asked for one.
    pub(super) fn learn(&self, text: Bytes, path: &str, any_dialect: bool) {
        match self.read(text, path) {
            Ok(read) if !any_dialect && read.card.card().is_of_v0_3 => {}
            Ok(read) => {
                let mut known = self.known();
                known.last = Some(read);
                known.until = Some(Instant::now() + self.lifetime);
            }
            Err(error) => tracing::debug!(%error, "the agent's card cannot be read"),
        }
    }

    /// The card that was read last, however old it is.
    pub(super) fn last(&self) -> Option<KnownCard> {
        Some(self.known().last.as_ref()?.card.clone())
    }

    /// How long a card is believed.
    pub(super) const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// The agent's endpoint.
    pub(super) const fn place(&self) -> &Endpoint {
        self.hosts.endpoint()
    }

    /// Where the agent's endpoint takes calls that speak so.
    pub(super) fn endpoint(&self, speech: Speech) -> Interface {
        Interface::new(speech, self.hosts.endpoint().clone())
    }

    /// What is known, fetched anew where it is old.
    ///
    /// It is asked with what the operator writes into requests, which an agent may want to see, and with
    /// nothing of the client's. One call at a time fetches the card again; the others go by what was known.
    ///
    /// # Cancel safety
    /// Dropping the future leaves what was known, for as long as a failure would.
    async fn current(&self, asking: &Extensions) -> Option<Read> {
        let now = Instant::now();
        {
            let mut known = self.known();
            if known.until.is_some_and(|until| now < until) {
                return known.last.clone();
            }
            if known.last.is_some() {
                known.until = Some(now + PAUSE);
            }
        }
        let written = asking.get::<Written>().cloned();
        // Why it cannot be read was logged; what was known stays.
        if self.refresh(written.as_ref()).await.is_err() {
            self.known().until = Some(Instant::now() + PAUSE);
        }
        self.known().last.clone()
    }

    /// Fetches the card. A failure keeps nobody from asking, who may ask with more.
    ///
    /// # Errors
    /// It cannot be fetched or read; what was known stays.
    ///
    /// # Cancel safety
    /// Dropping the future leaves what was known.
    pub(super) async fn refresh(&self, written: Option<&Written>) -> Result<(), Error> {
        match self.fetch(written).await {
            Ok(read) => {
                let mut known = self.known();
                known.last = Some(read);
                known.until = Some(Instant::now() + self.lifetime);
                Ok(())
            }
            Err(error) => {
                tracing::debug!(%error, "the agent's card cannot be read");
                Err(error)
            }
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self, written: Option<&Written>) -> Result<Read, Error> {
        let mut last = Error::new(ErrorKind::NotFound, "it has no card");
        for place in self.places.iter() {
            let fetched = timeout(CARD_TIMEOUT, self.fetch_at(place, written)).await;
            match fetched {
                Ok(Ok(read)) => return Ok(read),
                Ok(Err(error)) => last = error,
                Err(_) => {
                    let message = "its card takes too long";
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
            }
        }
        Err(last)
    }

    async fn fetch_at(&self, place: &CardPlace, written: Option<&Written>) -> Result<Read, Error> {
        let mut request = Request::new(Peeked::from(Bytes::new()));
        *request.uri_mut() = place
            .uri()
            .ok_or_else(|| bad_answer("its path is no path"))?;
        if let Some(origin) = place.origin() {
            request.extensions_mut().insert(Directed::new(origin));
        }
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(names::ACCEPT, json);
        let version = HeaderValue::from_static(A2aVersion::V1_0.as_str());
        request.headers_mut().insert(header::VERSION, version);
        if let Some(written) = written {
            request.extensions_mut().insert(written.clone());
        }
        let (head, body) = self.agent.send(request).await?.into_parts();
        if !head.status.is_success() {
            let message = format!("its card is answered with {}", head.status);
            return Err(bad_answer(message));
        }
        let (card, _) = gather::whole(body, CARD_BYTES).await?;
        self.read(card, &place.name())
    }

    fn read(&self, text: Bytes, place: &str) -> Result<Read, Error> {
        let card = AgentCard::parse(&text).map_err(|error| bad_answer(error.to_string()))?;
        let usable = card.interfaces.iter().filter_map(|one| self.usable(one));
        let mut interfaces: Vec<Interface> = usable.collect();
        if self.one_port {
            keep_one_port(&mut interfaces);
        }
        let interfaces: Arc<[Interface]> = interfaces.into();
        if self.by_card && interfaces.is_empty() {
            let message = "its card has no interface that may be called and is known here";
            return Err(bad_answer(message));
        }
        let card = KnownCard::new(card, text);
        Ok(Read {
            card,
            interfaces,
            place: place.into(),
        })
    }

    fn usable(&self, interface: &AgentInterface) -> Option<Interface> {
        let binding = A2aBinding::parse(&interface.binding)?;
        let version = A2aVersion::parse(&interface.version);
        if version == A2aVersion::Unknown {
            return None;
        }
        let place = self.hosts.place(&interface.url, binding)?;
        let mut usable = Interface::new(Speech::new(binding, version), place);
        usable.tenant = interface.tenant.clone();
        usable.ends_with_slash = interface.url.ends_with('/');
        Some(usable)
    }
}

/// Keeps the interfaces at the port of the first that is not of gRPC: behind a balancer each call goes to the same.
fn keep_one_port(interfaces: &mut Vec<Interface>) {
    let is_http = |one: &&Interface| one.speech.binding != A2aBinding::Grpc;
    let first = interfaces.iter().find(is_http).or(interfaces.first());
    let Some(port) = first.map(|one| one.endpoint.port()) else {
        return;
    };
    interfaces.retain(|one| one.endpoint.port() == port);
}
