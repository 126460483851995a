//! What agents push to, of the relays behind a listener.

use std::sync::Arc;

use agentgateway_core::route::{PathMatch, RequestMatch};
use http::Uri;

use crate::config::snapshot::{Action, Backend, BackendKind, Outcome, Part, Relay, Rule};

/// The rules that take what agents push, for the same hostnames as the agents' own. They come last: what a route
/// says of such a path holds.
pub(in crate::config::compile) fn received(rules: &[Rule]) -> Vec<Rule> {
    let mut found: Vec<Rule> = Vec::new();
    for rule in rules {
        let Action::Forward(backends) = &rule.action else {
            continue;
        };
        for backend in backends {
            let Outcome::Backend(backend) = &backend.outcome else {
                continue;
            };
            for relay in relays(backend) {
                let action = Action::Receive(relay.clone());
                let is_there =
                    |other: &Rule| other.hostnames == rule.hostnames && other.action == action;
                if found.iter().any(is_there) {
                    continue;
                }
                let mut own = Rule::new(rule.route.clone(), rule.index, action);
                own.name = Some("push notifications of agents".to_owned());
                own.hostnames.clone_from(&rule.hostnames);
                own.matches = vec![below(&relay.spec.public_url)];
                found.push(own);
            }
        }
    }
    found
}

/// The relays of an agent, or of those that are in its place.
fn relays(backend: &Backend) -> Vec<&Arc<Part<Relay>>> {
    let all: Vec<&Backend> = match &backend.kind {
        BackendKind::Agents(catalogue) => catalogue.agents.iter().map(|it| &*it.backend).collect(),
        _ => vec![backend],
    };
    let agents = all
        .into_iter()
        .filter_map(|it| it.settings.policies.agents.as_ref());
    let push = agents.filter_map(|agents| agents.push.as_ref());
    push.filter_map(|push| push.spec.relay.as_ref()).collect()
}

fn below(url: &str) -> RequestMatch {
    let url: Result<Uri, _> = url.parse();
    let path = url.as_ref().map_or("", Uri::path);
    let mut asked = RequestMatch::default();
    asked.path = PathMatch::Prefix(format!("{}/push", path.trim_end_matches('/')));
    asked
}
