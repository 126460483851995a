//! What a rule does with the requests that it takes.

use std::time::Duration;

use agentgateway_core::route::{HeaderEdit, PathEdit, Redirect, RedirectScheme};

use super::explanation::{BackendShare, RuleShown};
use crate::config::snapshot::{
    Action, Backend, BackendKind, Endpoints, Filters, McpServer, Outcome, Rule, WeightedBackend,
};

/// The rule, as an explanation shows it.
pub(super) fn rule_shown(rule: &Rule) -> RuleShown {
    let mut shown = RuleShown {
        route: rule.route.to_string(),
        rule: rule.index,
        name: rule.name.clone(),
        filters: filters(&rule.filters),
        policies: rule.policies.lines(),
        backends: Vec::new(),
        request_timeout: duration(rule.timeouts.request),
        backend_request_timeout: duration(rule.timeouts.backend_request),
        status: None,
        reason: None,
    };
    match &rule.action {
        Action::Redirect(to) => {
            shown.status = Some(to.status.as_u16());
            shown.reason = Some(redirect(to));
        }
        Action::Describe(resource) => {
            shown.status = Some(200);
            shown.reason = Some(format!("the metadata of {}", resource.url()));
        }
        Action::Receive(relay) => {
            shown.status = Some(202);
            shown.reason = Some(format!("what agents push to {}", relay.spec.public_url));
        }
        Action::Invalid(reason) => {
            shown.status = Some(500);
            shown.reason = Some(reason.clone());
        }
        Action::Forward(backends) => {
            let sum: u64 = backends.iter().map(|one| u64::from(one.weight)).sum();
            if sum == 0 && rule.policies.direct.is_none() {
                shown.status = Some(500);
                shown.reason = Some("no backend has a weight".to_owned());
            }
            shown.backends = backends.iter().map(|one| share(one, sum)).collect();
        }
    }
    shown
}

fn duration(of: Option<Duration>) -> Option<String> {
    of.map(|of| format!("{}s", of.as_secs_f64()))
}

#[expect(clippy::cast_precision_loss, reason = "a share for readers")]
fn share(one: &WeightedBackend, sum: u64) -> BackendShare {
    let (mut request_timeout, mut policies) = (None, Vec::new());
    let (target, protocol, endpoints, status) = match &one.outcome {
        Outcome::Backend(backend) => {
            let (protocol, endpoints) = spoken(backend);
            request_timeout = duration(backend.settings.request_timeout);
            policies = backend.decisions();
            (target(backend), Some(protocol.to_owned()), endpoints, None)
        }
        Outcome::Invalid(reason) => (reason.clone(), None, Vec::new(), Some(500)),
        Outcome::Unavailable(reason) => (reason.clone(), None, Vec::new(), Some(503)),
    };
    BackendShare {
        weight: one.weight,
        share: if sum == 0 {
            0.0
        } else {
            f64::from(one.weight) / sum as f64
        },
        target,
        protocol,
        endpoints,
        filters: filters(&one.filters),
        policies,
        request_timeout,
        status,
    }
}

fn target(backend: &Backend) -> String {
    match backend.port {
        Some(port) => format!("{} port {port}", backend.reference),
        None => backend.reference.to_string(),
    }
}

fn spoken(backend: &Backend) -> (&'static str, Vec<String>) {
    match &backend.kind {
        BackendKind::Http(at) => ("http", places(at)),
        BackendKind::A2a(at) => ("a2a", places(at)),
        BackendKind::Agents(catalogue) => {
            let agents = catalogue.agents.iter();
            let agents = agents.flat_map(|agent| {
                let (_, places) = spoken(&agent.backend);
                let name = &agent.name;
                places
                    .into_iter()
                    .map(move |place| format!("{name}: {place}"))
            });
            ("a2a", agents.collect())
        }
        BackendKind::Mcp(mcp) => {
            let targets = mcp.targets.iter().flat_map(|target| match &target.server {
                McpServer::Http {
                    endpoints, path, ..
                } => named(&target.name, endpoints, path),
                McpServer::Process(process) => {
                    vec![format!("{}: {}", target.name, process.reference)]
                }
            });
            ("mcp", targets.collect())
        }
        BackendKind::Ai(ai) => {
            let providers = ai.groups.iter().flatten();
            let places = providers.flat_map(|one| named(&one.name, &one.endpoints, ""));
            ("llm", places.collect())
        }
    }
}

fn named(name: &str, endpoints: &Endpoints, path: &str) -> Vec<String> {
    let places = places(endpoints).into_iter();
    places
        .map(|place| format!("{name}: {place}{path}"))
        .collect()
}

fn places(endpoints: &Endpoints) -> Vec<String> {
    match endpoints {
        Endpoints::Name(name) => vec![name.to_string()],
        Endpoints::Addresses(_, addresses) => addresses.iter().map(ToString::to_string).collect(),
    }
}

/// What is changed, a line each. Values of headers may be secrets and are not shown.
fn filters(filters: &Filters) -> Vec<String> {
    let mut lines = Vec::new();
    edits(&mut lines, "request", &filters.request);
    edits(&mut lines, "response", &filters.response);
    if let Some(rewrite) = &filters.rewrite {
        lines.extend(
            rewrite
                .hostname
                .as_ref()
                .map(|host| format!("rewrites the host to {host}")),
        );
        lines.extend(
            rewrite
                .path
                .as_ref()
                .map(|path| format!("rewrites {}", edited(path))),
        );
    }
    lines.extend(filters.redirect.as_ref().map(redirect));
    for mirror in &filters.mirrors {
        let to = match &mirror.target {
            Outcome::Backend(backend) => target(backend),
            Outcome::Invalid(reason) | Outcome::Unavailable(reason) => format!("nobody: {reason}"),
        };
        let share = mirror.share;
        lines.push(format!(
            "copies {}/{} of the requests to {to}",
            share.numerator, share.denominator
        ));
    }
    if let Some(cors) = &filters.cors {
        lines.push(format!("allows pages of {}", cors.allow_origins.join(", ")));
    }
    match filters.backend_host {
        Some(true) => lines.push("sends the backend's own host".to_owned()),
        Some(false) => lines.push("sends the client's host".to_owned()),
        None => {}
    }
    lines
}

fn edits(lines: &mut Vec<String>, of: &str, edit: &HeaderEdit) {
    for (name, _) in &edit.set {
        lines.push(format!("sets {of} header {name}"));
    }
    for (name, _) in &edit.add {
        lines.push(format!("adds {of} header {name}"));
    }
    for name in &edit.remove {
        lines.push(format!("removes {of} header {name}"));
    }
}

fn edited(path: &PathEdit) -> String {
    match path {
        PathEdit::Full(path) => format!("the path to {path}"),
        PathEdit::Prefix(prefix) => format!("the matched prefix to {prefix:?}"),
    }
}

fn redirect(to: &Redirect) -> String {
    let mut parts = Vec::new();
    parts.extend(to.scheme.map(|scheme| match scheme {
        RedirectScheme::Http => "scheme http".to_owned(),
        RedirectScheme::Https => "scheme https".to_owned(),
    }));
    parts.extend(to.hostname.as_ref().map(|host| format!("host {host}")));
    parts.extend(to.port.map(|port| format!("port {port}")));
    parts.extend(to.path.as_ref().map(edited));
    let parts = if parts.is_empty() {
        "the same place".to_owned()
    } else {
        parts.join(", ")
    };
    format!("redirects with {} to {parts}", to.status.as_u16())
}
