//! What clients read of the resources behind a listener.

use agentgateway_core::route::{PathMatch, RequestMatch};

use crate::config::snapshot::{Action, BackendKind, Outcome, Rule};

/// The rules that answer the metadata of the protected resources to which these rules lead, for the same
/// hostnames. Where two resources share a path, and that is the one at the root, the first has it.
///
/// They come last: what a route says of such a path holds.
///
/// # Source
/// RFC 9728, 3; MCP 2026-07-28, Authorization server discovery.
pub(super) fn described(rules: &[Rule]) -> Vec<Rule> {
    let mut found: Vec<Rule> = Vec::new();
    for rule in rules {
        let Action::Forward(backends) = &rule.action else {
            continue;
        };
        for backend in backends {
            let Outcome::Backend(backend) = &backend.outcome else {
                continue;
            };
            let callers = rule.policies.mcp.as_ref();
            let callers = callers.or(backend.settings.policies.mcp.as_ref());
            let (BackendKind::Mcp(_), Some(callers)) = (&backend.kind, callers) else {
                continue;
            };
            let resource = &callers.spec.resource;
            let action = Action::Describe(resource.clone());
            let is_there =
                |other: &Rule| other.hostnames == rule.hostnames && other.action == action;
            if found.iter().any(is_there) {
                continue;
            }
            let mut own = Rule::new(rule.route.clone(), rule.index, action);
            own.name = Some("protected resource metadata".to_owned());
            own.hostnames.clone_from(&rule.hostnames);
            own.matches = resource.metadata_paths().map(exactly).collect();
            found.push(own);
        }
    }
    found
}

fn exactly(path: String) -> RequestMatch {
    let mut asked = RequestMatch::default();
    asked.path = PathMatch::Exact(path);
    asked
}
