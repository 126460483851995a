//! Where agents may be told to push.

use std::sync::Arc;

use agentgateway_a2a::PublicUrl;
use agentgateway_core::forwarded::Network;

use super::agents::{Place, size};
use super::times::time;
use crate::config::compile::Fault;
use crate::config::resource::{OwnAgents as Spec, PushGuard, PushRelay};
use crate::config::snapshot::{Part, Push, PushUrls, Relay};
use crate::config::suggest::quoted;

pub(super) fn push(
    place: &Place<'_>,
    spec: &Spec,
    faults: &mut Vec<Fault>,
) -> Option<Arc<Part<Push>>> {
    if spec.push_guard.is_none() && spec.push_relay.is_none() {
        return None;
    }
    let guard = spec.push_guard.clone().unwrap_or_default();
    let urls = urls(place, &guard, faults);
    let relay = spec.push_relay.as_ref();
    let relay = relay.and_then(|spec| relayed(place, spec, &urls, faults));
    let push = Push {
        urls,
        allow_unread: guard.allow_unread,
        relay: relay.map(|relay| place.part("pushRelay", relay)),
    };
    Some(place.part("push", push))
}

fn urls(place: &Place<'_>, spec: &PushGuard, faults: &mut Vec<Fault>) -> PushUrls {
    for (index, text) in spec.networks.iter().enumerate() {
        if text.parse::<Network>().is_err() {
            let path = format!("{}.pushGuard.networks[{index}]", place.path);
            let message = format!("{} is no network such as 10.20.0.0/16", quoted(text));
            faults.push(Fault::new(path, "Invalid", message));
        }
    }
    PushUrls {
        http: spec.allow_http,
        networks: spec.networks.clone(),
        hosts: spec.hosts.clone(),
        ports: spec.ports.clone(),
    }
}

fn relayed(
    place: &Place<'_>,
    spec: &PushRelay,
    urls: &PushUrls,
    faults: &mut Vec<Fault>,
) -> Option<Relay> {
    let mut of = |text: Option<&String>, field: &str| {
        time(&place.path, text.map(String::as_str), field, faults)
    };
    let lifetime = of(spec.lifetime.as_ref(), "pushRelay.lifetime");
    let timeout = of(spec.timeout.as_ref(), "pushRelay.timeout");
    let give_up_after = of(spec.give_up_after.as_ref(), "pushRelay.giveUpAfter");
    if let Err(error) = spec.public_url.parse::<PublicUrl>() {
        let path = format!("{}.pushRelay.publicUrl", place.path);
        faults.push(Fault::new(path, "Invalid", error.to_string()));
        return None;
    }
    Some(Relay {
        public_url: spec.public_url.clone(),
        urls: urls.clone(),
        lifetime,
        timeout,
        attempts: spec.attempts,
        give_up_after,
        max_payload_bytes: spec.max_payload_bytes.map(size),
    })
}
