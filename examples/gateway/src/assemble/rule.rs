//! From a rule to what its requests go through.

use std::sync::Arc;

use agentgateway_core::{
    context::{MountPath, RouteName, Written},
    policy::PolicyLayer,
    rescue::RescueLayer,
    route::{HeaderEdit, Hostname, PathEdit, PathMatch, Redirect, RequestMatch, Rewrite, Weighted},
};
use agentgateway_mcp::policy::oauth::{ProtectedResource, ResourceMetadata};
use http::HeaderValue;
use tower::{ServiceBuilder, util::MapRequestLayer};

use super::{
    Parts, Stack,
    backend::Asked,
    cache::Stacks,
    headers,
    leg::Leg,
    mirror::{Mirrored, copying},
    plain::Plain,
    policies::Mounted,
    refuse::Refuse,
    relays::holding,
    spoken::Spoken,
    stack::MaxBody,
    table::{Entry, Forward, HostChoice, Reason, RuleStack, Share, ShareAction, Whither},
};
use crate::config::snapshot::{
    Action, Backend, BackendKind, Filters, Mirror, Outcome, Part, Relay, Rule, Timeouts,
    WeightedBackend,
};

/// Makes the entries of a listener's rules.
pub(super) struct Maker<'a, 'b> {
    pub(super) parts: &'a Parts,
    pub(super) stacks: &'a mut Stacks<'b>,
    /// For copies: what becomes of them is not told as the clients' requests are.
    pub(super) copies: &'a mut Stacks<'b>,
    /// What the listener's rules speak.
    pub(super) spoken: Spoken,
    pub(super) max_body: MaxBody,
}

impl Maker<'_, '_> {
    /// The entries of a rule: one for each of its matches, in their order.
    pub(super) fn entries(&mut self, rule: &Rule) -> Vec<(Vec<Hostname>, RequestMatch, Entry)> {
        let stack = Arc::new(self.rule(rule));
        let entry = |asked: &RequestMatch| {
            let entry = Entry {
                rule: Arc::clone(&stack),
                mount: MountPath::new(taken_off(rule, &asked.path)),
                is_named: !rule.hostnames.is_empty(),
                name: RouteName::new(pattern(&asked.path)),
            };
            (rule.hostnames.clone(), asked.clone(), entry)
        };
        rule.matches.iter().map(entry).collect()
    }

    fn rule(&mut self, rule: &Rule) -> RuleStack {
        let spoken = Spoken::by(rule).unwrap_or(self.spoken);
        let (shares, nothing) = match &rule.action {
            Action::Forward(backends) => (
                self.shares(rule, backends, spoken),
                "no backend of this rule has a weight",
            ),
            Action::Describe(resource) => (vec![(Arc::new(described(resource)), 1)], ""),
            Action::Receive(relay) => {
                let share = self.received(relay, spoken);
                (vec![(Arc::new(share), 1)], "")
            }
            Action::Redirect(redirect) => {
                let share = self.redirected(rule, redirect, spoken);
                (vec![(Arc::new(share), 1)], "")
            }
            Action::Invalid(reason) => (Vec::new(), reason.as_str()),
        };
        let filters = &rule.filters;
        RuleStack {
            route: format!("{}/{}", rule.route.namespace, rule.route.name).into(),
            rule: match &rule.name {
                Some(name) => name.as_str().into(),
                None => rule.index.to_string().into(),
            },
            request: filters.request.clone(),
            response: filters.response.clone(),
            rewrite: path_of(filters),
            cors: filters.cors.clone(),
            is_timed: rule.timeouts.request.is_some_and(|limit| !limit.is_zero()),
            shares: Weighted::new(shares),
            nothing: Arc::new(self.nothing(rule, spoken, nothing)),
        }
    }

    fn shares(
        &mut self,
        rule: &Rule,
        backends: &[WeightedBackend],
        spoken: Spoken,
    ) -> Vec<(Arc<Share>, u32)> {
        let share = |backend: &WeightedBackend| {
            (Arc::new(self.share(rule, backend, spoken)), backend.weight)
        };
        backends.iter().map(share).collect()
    }

    fn share(&mut self, rule: &Rule, weighted: &WeightedBackend, spoken: Spoken) -> Share {
        if let Some(redirect) = &weighted.filters.redirect {
            return self.redirected(rule, redirect, spoken);
        }
        match &weighted.outcome {
            Outcome::Backend(backend) => self.served(rule, &weighted.filters, backend),
            Outcome::Invalid(reason) => self.refused(spoken, Refuse::invalid(), reason),
            Outcome::Unavailable(reason) => self.refused(spoken, Refuse::unavailable(), reason),
        }
    }

    /// What answers where there is no backend: a policy can.
    fn nothing(&self, rule: &Rule, spoken: Spoken, reason: &str) -> Share {
        if rule.policies.direct.is_some()
            && matches!(rule.action, Action::Forward(_))
            && let Ok(asked) = Mounted::new(self.parts, &rule.policies)
        {
            let leg = Leg::bare(asked.before_none(Refuse::invalid()));
            return Share::bare(ShareAction::Forward(Forward {
                rewrite: None,
                to: Whither::Backend(leg),
            }));
        }
        self.refused(spoken, Refuse::invalid(), reason)
    }

    fn redirected(&self, rule: &Rule, redirect: &Redirect, spoken: Spoken) -> Share {
        let asked = Mounted::new(self.parts, &rule.policies);
        match asked {
            Ok(asked) => Share::bare(ShareAction::Redirect(redirect.clone(), asked.alone())),
            Err(reason) => self.refused(spoken, Refuse::invalid(), &reason),
        }
    }

    /// What takes what agents push. Nobody is asked before it: who knows the URL may push by it.
    fn received(&self, relay: &Arc<Part<Relay>>, spoken: Spoken) -> Share {
        match self.parts.relays.of(self.parts, relay) {
            Ok(running) => {
                let receiver = running.receiver();
                let held = ServiceBuilder::new()
                    .layer(MapRequestLayer::new(holding(running)))
                    .service(receiver);
                Share::bare(ShareAction::Forward(Forward {
                    rewrite: None,
                    to: Whither::Backend(Leg::bare(Stack::untold(held))),
                }))
            }
            Err(reason) => self.refused(spoken, Refuse::unspoken(), &reason),
        }
    }

    fn served(&mut self, rule: &Rule, own: &Filters, backend: &Arc<Backend>) -> Share {
        let asked = Asked {
            timeouts: rule.timeouts,
            grpc: rule.is_grpc(),
            max_body: self.max_body,
            policies: Arc::clone(&rule.policies),
            original: Arc::default(),
        };
        let label = backend.reference.to_string().into();
        let stack = match self.stacks.of(backend, &asked) {
            Ok(stack) => stack,
            Err(reason) => {
                let spoken = match rule.is_grpc() {
                    true => Spoken::Grpc,
                    false => Spoken::with(&backend.kind),
                };
                let share = self.refused(spoken, Refuse::unspoken(), &reason);
                return Share {
                    backend: label,
                    ..share
                };
            }
        };
        let leg = Leg {
            stack,
            host: host(&[own, &rule.filters], backend),
            request: own.request.clone(),
            written: written(backend, &[&rule.filters.request, &own.request]),
        };
        let mirrors = self.mirrors(rule, own, backend);
        Share {
            backend: label,
            response: own.response.clone(),
            action: ShareAction::Forward(Forward {
                rewrite: path_of(own).or_else(|| path_of(&rule.filters)),
                to: match mirrors.is_empty() {
                    true => Whither::Backend(leg),
                    false => Whither::Copied(copying(leg, mirrors)),
                },
            }),
        }
    }

    fn refused(&self, spoken: Spoken, refuse: Refuse, reason: &str) -> Share {
        let stack = spoken.refusing(self.parts, self.max_body, refuse);
        Share::bare(ShareAction::Refuse(stack, Reason::new(reason)))
    }

    /// Who gets copies of the requests of a share.
    ///
    /// # Source
    /// Gateway API v1, `HTTPBackendRef.filters`: they are executed only where a request is forwarded
    /// to that backend. So copies are made of what the rule's own filters leave.
    fn mirrors(&mut self, rule: &Rule, own: &Filters, backend: &Backend) -> Vec<Mirrored> {
        if matches!(backend.kind, BackendKind::Agents(_)) {
            // Which agent a call is for, and so who guards it, is found out behind the copies.
            return Vec::new();
        }
        let asked = Asked {
            timeouts: Timeouts::default(),
            grpc: rule.is_grpc(),
            max_body: self.max_body,
            // What may not reach the backend reaches nobody, and no credential goes with a copy.
            policies: Arc::new(rule.policies.of_copies()),
            original: Arc::new(backend.served().policies.guards()),
        };
        let (filters, max_body) = (&rule.filters, self.max_body);
        let mut mirrored = |mirror: &Mirror| {
            // Copies that cannot be sent are told in a condition, and hinder nobody.
            let Outcome::Backend(backend) = &mirror.target else {
                return None;
            };
            let leg = Leg {
                host: host(&[filters], backend),
                written: written(backend, &[&filters.request]),
                ..Leg::bare(self.copies.of(backend, &asked).ok()?)
            };
            Some(Mirrored {
                leg,
                share: mirror.share,
                max_body,
            })
        };
        let all = filters.mirrors.iter().chain(&own.mirrors);
        all.filter_map(&mut mirrored).collect()
    }
}

/// What answers the metadata of a resource. Nobody is asked before it, and no protocol is spoken.
fn described(resource: &ProtectedResource) -> Share {
    let answers = ServiceBuilder::new()
        .layer(RescueLayer::new(Plain, ()))
        .layer(PolicyLayer::new(ResourceMetadata::new(resource.clone())))
        .service(Refuse::nowhere());
    Share::bare(ShareAction::Forward(Forward {
        rewrite: None,
        to: Whither::Backend(Leg::bare(Stack::untold(answers))),
    }))
}

/// What edits set, for a backend whose protocol forwards headers by a list.
fn written(backend: &Backend, edits: &[&HeaderEdit]) -> Option<Written> {
    let lists = !matches!(backend.kind, BackendKind::Http(_));
    lists
        .then(|| headers::written(edits.iter().copied()))
        .flatten()
}

/// What is changed of the path; the host goes another way.
fn path_of(filters: &Filters) -> Option<Rewrite> {
    let path = filters.rewrite.as_ref()?.path.clone()?;
    let mut rewrite = Rewrite::default();
    rewrite.path = Some(path);
    Some(rewrite)
}

/// Which host goes upstream: the first of these filters that says so, else the client's for a
/// Service, to which Gateway API leads as it came, and the backend's own for all else.
fn host(filters: &[&Filters], backend: &Backend) -> HostChoice {
    let rewritten = |filters: &&Filters| {
        let name = filters.rewrite.as_ref()?.hostname.as_deref()?;
        HeaderValue::try_from(name).ok()
    };
    if let Some(own) = filters.iter().find_map(rewritten) {
        return HostChoice::Own(own);
    }
    let plain_service = backend.reference.group.is_empty()
        && backend.reference.kind == "Service"
        && matches!(backend.kind, BackendKind::Http(_));
    match filters.iter().find_map(|filters| filters.backend_host) {
        Some(true) => HostChoice::Backend,
        Some(false) => HostChoice::Client,
        None if plain_service => HostChoice::Client,
        None => HostChoice::Backend,
    }
}

/// The prefix that a rewrite takes off.
fn taken_off<'a>(rule: &Rule, path: &'a PathMatch) -> &'a str {
    let rewrite = rule.filters.rewrite.as_ref();
    match (path, rewrite.and_then(|rewrite| rewrite.path.as_ref())) {
        (PathMatch::Prefix(prefix), Some(PathEdit::Prefix(to)))
            if to.trim_end_matches('/').is_empty() =>
        {
            prefix
        }
        _ => "",
    }
}

/// The path of a match as spans and the status page call it.
pub(super) fn pattern(path: &PathMatch) -> String {
    match path {
        PathMatch::Exact(path) => path.clone(),
        PathMatch::Prefix(prefix) => format!("{}/*", prefix.trim_end_matches('/')),
        PathMatch::Regex(pattern) => pattern.as_str().to_owned(),
    }
}
