//! The scan: listeners of a port, then all matches of the listener that has the request.

use agentgateway_core::route::Head;

use super::asked;
use super::explanation::{Candidate, Decision, Explanation, ListenerTried, RequestShown, Verdict};
use super::precedence::{Taker, compare};
use super::served::rule_shown;
use crate::config::snapshot::{Listener, Rule, Snapshot};

/// Where a request comes in.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Where {
    /// The port.
    pub port: u16,
    /// Only the Gateway of this `namespace/name`, or name.
    pub gateway: Option<String>,
    /// Only the listener of this name.
    pub listener: Option<String>,
}

impl Where {
    /// Whatever listens on this port.
    #[must_use]
    pub fn port(port: u16) -> Self {
        Self {
            port,
            ..Self::default()
        }
    }
}

/// Says which rule of a snapshot takes a request, and why.
///
/// Pure and total; linear in the number of rules.
#[must_use]
pub fn explain(snapshot: &Snapshot, place: &Where, head: &Head<'_>) -> Explanation {
    let found = listeners(snapshot, place);
    let chosen = choose(&found, head.host);
    let decide = |listener: &Listener| {
        if let (Some(asked), Some(_)) = (asked::preflight(head), &listener.before.cors) {
            let preflight = Decision::Preflight {
                asked: asked.to_owned(),
            };
            return (Vec::new(), preflight);
        }
        let (candidates, rule) =
            preflighted(&listener.rules, head).unwrap_or_else(|| candidates(&listener.rules, head));
        let rule = rule.map(|rule| {
            let mut shown = rule_shown(rule);
            if let (Some(asked), Some(_)) = (asked::preflight(head), &rule.filters.cors) {
                shown.status = Some(204);
                shown.reason = Some(format!("it is the preflight of {asked}"));
            }
            Decision::Rule(Box::new(shown))
        });
        (candidates, rule.unwrap_or(Decision::NoRule))
    };
    let (candidates, decision) = match chosen {
        Some((_, listener)) => decide(listener),
        None if found.is_empty() => {
            let ports = ports(snapshot);
            let listeners = listeners(snapshot, &Where::port(place.port));
            let listeners = listeners.into_iter();
            let listeners =
                listeners.map(|(gateway, listener)| format!("{gateway} {}", listener.name));
            let listeners = listeners.collect();
            (Vec::new(), Decision::NoListener { ports, listeners })
        }
        None => (Vec::new(), Decision::NoHostname),
    };
    Explanation {
        request: request_shown(place.port, head),
        listeners: tried(&found, chosen, head.host),
        before: chosen.map_or_else(Vec::new, |(_, own)| own.before.lines()),
        changes: chosen.is_some_and(|(_, own)| own.before.policies.transform.is_some()),
        candidates,
        decision,
    }
}

fn listeners<'a>(snapshot: &'a Snapshot, place: &Where) -> Vec<(String, &'a Listener)> {
    let mut found = Vec::new();
    for gateway in &snapshot.gateways {
        let name = format!("{}/{}", gateway.reference.namespace, gateway.reference.name);
        let asked = place.gateway.as_ref();
        if asked.is_some_and(|asked| *asked != name && *asked != gateway.reference.name) {
            continue;
        }
        for listener in &gateway.listeners {
            let asked = place.listener.as_ref();
            if listener.port == place.port && asked.is_none_or(|asked| *asked == listener.name) {
                found.push((name.clone(), listener));
            }
        }
    }
    found
}

/// The one listener that has the request: that of the most specific hostname.
///
/// # Source
/// Gateway API v1, `Listener.hostname` and `GatewaySpec.listeners`, "Distinct Listeners".
fn choose<'a>(found: &[(String, &'a Listener)], host: &str) -> Option<(usize, &'a Listener)> {
    let mut best: Option<(usize, &Listener)> = None;
    for (at, (_, listener)) in found.iter().enumerate() {
        let hostname = listener.hostname.as_ref();
        let before = |other: &Listener| {
            asked::specificity(hostname) <= asked::specificity(other.hostname.as_ref())
        };
        if hostname.is_none_or(|name| asked::takes_host(name, host))
            && !best.is_some_and(|(_, other)| before(other))
        {
            best = Some((at, listener));
        }
    }
    best
}

fn tried(
    found: &[(String, &Listener)],
    chosen: Option<(usize, &Listener)>,
    host: &str,
) -> Vec<ListenerTried> {
    let all = found.iter().enumerate();
    all.map(|(at, (gateway, listener))| {
        let hostname = listener.hostname.as_ref();
        let verdict = match (hostname, chosen) {
            (_, Some((best, _))) if best == at => Verdict::Chosen,
            (Some(name), _) if !asked::takes_host(name, host) => Verdict::Missed {
                reasons: vec![format!("host {host:?} is not {name}")],
            },
            (_, best) => Verdict::Lost {
                because: best.map_or_else(String::new, |(_, best)| {
                    format!("listener {} has the more specific hostname", best.name)
                }),
            },
        };
        ListenerTried {
            gateway: gateway.clone(),
            listener: listener.name.clone(),
            hostname: hostname.map(ToString::to_string),
            verdict,
        }
    })
    .collect()
}

/// The same for a preflight, which the rule decides that would take the request it asks leave for;
/// `None` where that rule says nothing about pages, or it is no preflight.
///
/// # Source
/// WHATWG Fetch, "CORS-preflight fetch".
fn preflighted<'a>(
    rules: &'a [Rule],
    head: &Head<'_>,
) -> Option<(Vec<Candidate>, Option<&'a Rule>)> {
    let method = asked::preflight(head)?.parse().ok()?;
    let method = &method;
    let (candidates, rule) = candidates(rules, &Head { method, ..*head });
    let rule = rule.filter(|rule| rule.filters.cors.is_some())?;
    Some((candidates, Some(rule)))
}

/// All matches, those that take the request first and in order; and the rule of the first.
fn candidates<'a>(rules: &'a [Rule], head: &Head<'_>) -> (Vec<Candidate>, Option<&'a Rule>) {
    let (mut takers, mut missed) = (Vec::new(), Vec::new());
    for (at, rule) in rules.iter().enumerate() {
        let hostname = asked::hostname(&rule.hostnames, head.host);
        for (matched, asked) in rule.matches.iter().enumerate() {
            let mut reasons: Vec<String> = hostname.as_ref().err().cloned().into_iter().collect();
            reasons.extend(asked::unmet(asked, head));
            let name = hostname.as_ref().ok().copied().flatten();
            if reasons.is_empty() {
                let taker = Taker {
                    hostname: name,
                    asked,
                    place: (at, matched),
                };
                takers.push((taker, rule));
            } else {
                let words = asked::words(name, asked);
                missed.push(candidate(rule, matched, words, Verdict::Missed { reasons }));
            }
        }
    }
    takers.sort_by(|(a, _), (b, _)| compare(a, b).0);
    let first = takers.first().copied();
    let mut all: Vec<_> = takers
        .into_iter()
        .map(|(taker, rule)| {
            let words = asked::words(taker.hostname, taker.asked);
            candidate(
                rule,
                taker.place.1,
                words,
                verdict(first.map(|(first, _)| first), &taker),
            )
        })
        .collect();
    all.append(&mut missed);
    (all, first.map(|(_, rule)| rule))
}

fn verdict(first: Option<Taker<'_>>, taker: &Taker<'_>) -> Verdict {
    match first {
        Some(first) if first.place != taker.place => Verdict::Lost {
            because: compare(&first, taker).1,
        },
        _ => Verdict::Chosen,
    }
}

fn candidate(rule: &Rule, matched: usize, asks: String, verdict: Verdict) -> Candidate {
    Candidate {
        route: rule.route.to_string(),
        rule: rule.index,
        name: rule.name.clone(),
        matched,
        asks,
        verdict,
    }
}

fn request_shown(port: u16, head: &Head<'_>) -> RequestShown {
    let mut headers: Vec<String> = head.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    RequestShown {
        port,
        method: head.method.to_string(),
        host: head.host.to_owned(),
        path: head.path.to_owned(),
        headers,
    }
}

fn ports(snapshot: &Snapshot) -> Vec<u16> {
    let listeners = snapshot
        .gateways
        .iter()
        .flat_map(|gateway| &gateway.listeners);
    let mut ports: Vec<u16> = listeners.map(|listener| listener.port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}
