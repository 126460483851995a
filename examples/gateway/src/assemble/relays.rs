//! Relays of push notifications, which outlive a reload that does not change them.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use agentgateway_a2a::{
    push::{
        PushGuard,
        relay::{PushReceiver, PushRelay},
    },
    upstream::A2aAgent,
};
use agentgateway_core::{egress::Guard, forwarded::Network};
use http::Request;
use tower::{Layer, ServiceBuilder, util::MapRequestLayer};

use super::{Parts, background::Background};
use crate::config::snapshot::{Part, Push, PushUrls, Relay};

/// The relays that run, by what they were asked for. One that no stack holds any more ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Relays(Arc<Mutex<Vec<(Arc<Part<Relay>>, Weak<Running>)>>>);

/// A relay that sends what has come for as long as somebody holds it.
pub(super) struct Running {
    relay: PushRelay,
    /// What has come is sent while this is there.
    _sending: Background,
}

impl Relays {
    /// The relay that is asked for.
    ///
    /// # Errors
    /// Why there can be none, for the operator.
    pub(super) fn of(
        &self,
        parts: &Parts,
        asked: &Arc<Part<Relay>>,
    ) -> Result<Arc<Running>, String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(_, running)| running.strong_count() > 0);
        let mut found = all.iter().filter(|(own, _)| own == asked);
        if let Some(running) = found.find_map(|(_, running)| running.upgrade()) {
            return Ok(running);
        }
        let running = Arc::new(Running::new(parts, &asked.spec)?);
        all.push((Arc::clone(asked), Arc::downgrade(&running)));
        Ok(running)
    }
}

impl Running {
    fn new(parts: &Parts, asked: &Relay) -> Result<Self, String> {
        let public = asked.public_url.parse();
        let public = public.map_err(|error| format!("the URL of its relay: {error}"))?;
        let mut builder =
            PushRelay::builder(public, parts.sealer.clone()).guard(guard(&asked.urls));
        if let Some(lifetime) = asked.lifetime {
            builder = builder.lifetime(lifetime);
        }
        if let Some(limit) = asked.timeout {
            builder = builder.timeout(limit);
        }
        if let Some(most) = asked.attempts {
            builder = builder.attempts(most);
        }
        if let Some(limit) = asked.give_up_after {
            builder = builder.give_up_after(limit);
        }
        if let Some(limit) = asked.max_payload_bytes {
            builder = builder.max_payload_bytes(limit);
        }
        let relay = builder.build();
        Ok(Self {
            _sending: Background::spawn(relay.run()),
            relay,
        })
    }

    /// What agents push to.
    pub(super) fn receiver(&self) -> PushReceiver {
        self.relay.receiver()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}

/// The agent behind what judges where it may push, and relays it. By its name alone a relay finds it again, for what
/// was registered in another replica or before a reload.
///
/// # Errors
/// Why there can be none, for the operator.
pub(super) fn pushing(
    parts: &Parts,
    (name, agent): (&str, A2aAgent),
    asked: &Push,
) -> Result<A2aAgent, String> {
    let Some(relay) = &asked.relay else {
        let layer = PushGuard::new(guard(&asked.urls)).allow_unread(asked.allow_unread);
        return Ok(A2aAgent::new(layer.layer(agent)));
    };
    let running = parts.relays.of(parts, relay)?;
    let layer = running.relay.layer().allow_unread(asked.allow_unread);
    let layer = layer.agent(name, agent.clone());
    Ok(A2aAgent::new(
        ServiceBuilder::new()
            .layer(MapRequestLayer::new(holding(running)))
            .layer(layer)
            .service(agent),
    ))
}

/// Changes nothing, and holds what must live as long.
pub(super) fn holding<T, B>(held: T) -> impl Fn(Request<B>) -> Request<B> + Clone
where
    T: Clone,
{
    move |request| {
        let _ = &held;
        request
    }
}

fn guard(urls: &PushUrls) -> Guard {
    let networks = urls.networks.iter();
    let networks = networks.filter_map(|text| text.parse::<Network>().ok());
    let mut guard = Guard::new().allow_networks(networks.collect());
    if urls.http {
        guard = guard.allow_http();
    }
    for host in &urls.hosts {
        guard = guard.allow_host(host);
    }
    for port in &urls.ports {
        guard = guard.allow_port(*port);
    }
    guard
}
