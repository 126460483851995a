use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agentgateway_core::{Error, ErrorKind, Peeked, context::Written};
use http::{Extensions, HeaderValue, Request, header as names};
use tokio::time::{Instant, timeout};

use super::hosts::Hosts;
use crate::{
    bridge::{Interface, Speech, answers::bad_answer, gather},
    upstream::A2aAgent,
    wire::{
        A2aBinding, A2aVersion,
        card::{AgentCard, AgentInterface},
        header,
    },
};

/// The largest card that is read, in bytes.
const CARD_BYTES: usize = 1024 * 1024;
/// How long a card may take.
const CARD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a card that could not be read is not asked for again.
const PAUSE: Duration = Duration::from_secs(5);

/// What is known of an agent by its card.
#[derive(Debug)]
pub(super) struct Found {
    agent: A2aAgent,
    hosts: Hosts,
    paths: Vec<String>,
    lifetime: Duration,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    interfaces: Option<Arc<[Interface]>>,
    /// When it is asked again.
    until: Option<Instant>,
}

impl Found {
    pub(super) fn new(
        agent: A2aAgent,
        hosts: Hosts,
        paths: Vec<String>,
        lifetime: Duration,
    ) -> Self {
        Self {
            agent,
            hosts,
            paths,
            lifetime,
            known: Mutex::default(),
        }
    }

    /// The agent's interfaces; `None` while its card cannot be read.
    ///
    /// It is asked with what the operator writes into requests, which an agent may want to see, and with
    /// nothing of the client's. One call at a time fetches the card again; the others go by what was known.
    ///
    /// # Cancel safety
    /// Dropping the future leaves what was known, for as long as a failure would.
    pub(super) async fn interfaces(&self, asking: &Extensions) -> Option<Arc<[Interface]>> {
        let now = Instant::now();
        {
            let mut known = self.known();
            if known.until.is_some_and(|until| now < until) {
                return known.interfaces.clone();
            }
            if known.interfaces.is_some() {
                known.until = Some(now + PAUSE);
            }
        }
        let written = asking.get::<Written>().cloned();
        let fetched = self.fetch(written.as_ref()).await;
        let mut known = self.known();
        match fetched {
            Ok(interfaces) => {
                known.interfaces = Some(interfaces);
                known.until = Some(Instant::now() + self.lifetime);
            }
            Err(error) => {
                tracing::debug!(%error, "the agent's card cannot be read");
                known.until = Some(Instant::now() + PAUSE);
            }
        }
        known.interfaces.clone()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self, written: Option<&Written>) -> Result<Arc<[Interface]>, Error> {
        let mut last = Error::new(ErrorKind::NotFound, "it has no card");
        for path in &self.paths {
            let fetched = timeout(CARD_TIMEOUT, self.fetch_at(path, written)).await;
            match fetched {
                Ok(Ok(interfaces)) => return Ok(interfaces),
                Ok(Err(error)) => last = error,
                Err(_) => {
                    let message = "its card takes too long";
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
            }
        }
        Err(last)
    }

    async fn fetch_at(
        &self,
        path: &str,
        written: Option<&Written>,
    ) -> Result<Arc<[Interface]>, Error> {
        let mut request = Request::new(Peeked::from(bytes::Bytes::new()));
        *request.uri_mut() = path
            .parse()
            .map_err(|_| bad_answer("its path is no path"))?;
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
        self.read(&card)
    }

    fn read(&self, card: &[u8]) -> Result<Arc<[Interface]>, Error> {
        let card = AgentCard::parse(card).map_err(|error| bad_answer(error.to_string()))?;
        let interfaces: Arc<[Interface]> = card
            .interfaces
            .iter()
            .filter_map(|interface| self.usable(interface))
            .collect();
        if interfaces.is_empty() {
            let message = "its card has no interface that may be called and is known here";
            return Err(bad_answer(message));
        }
        Ok(interfaces)
    }

    fn usable(&self, interface: &AgentInterface) -> Option<Interface> {
        let binding = A2aBinding::parse(&interface.binding)?;
        let version = A2aVersion::parse(&interface.version);
        if version == A2aVersion::Unknown {
            return None;
        }
        let place = self.hosts.place(&interface.url)?;
        let mut usable = Interface::new(Speech::new(binding, version), place);
        usable.tenant = interface.tenant.clone();
        Some(usable)
    }
}
