//! Routes with everything looked up, before they are attached.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use agentgateway_core::route::RequestMatch;

use super::attach::RouteView;
use super::duration::{duration, no_duration};
use super::fault::Notes;
use super::filters::Draft;
use super::policies::retry;
use super::refs::{Resolved, Resolver};
use super::{Fault, Severity, filters, matches};
use crate::config::object::Object;
use crate::config::resource::{BackendRef, Reference, RouteRetry};
use crate::config::snapshot::{
    Action, BackendKind, Filters, Mirror, Outcome, Part, Retrying, Timeouts, WeightedBackend,
};

/// Below this, a timeout of the whole answer is probably not meant for a stream.
const SHORT: Duration = Duration::from_secs(60);

/// A route with everything looked up.
#[derive(Debug)]
pub(super) struct RouteDraft<'a> {
    pub(super) view: RouteView<'a>,
    /// The rules that can be matched, with their places in the route.
    pub(super) rules: Vec<(usize, RuleDraft)>,
    /// How many rules the manifest has.
    pub(super) count: usize,
    /// Why rules are refused, one fault a rule.
    pub(super) refused: Vec<(usize, Fault)>,
    /// References that lead nowhere or may not be followed.
    pub(super) unresolved: Vec<Fault>,
    /// What is served otherwise than meant, or has no effect.
    pub(super) doubts: Vec<Fault>,
    /// What its references name.
    pub(super) targets: BTreeSet<Reference>,
}

/// A rule without the policies of what it is attached to.
#[derive(Clone, Debug)]
pub(super) struct RuleDraft {
    pub(super) name: Option<String>,
    pub(super) matches: Vec<RequestMatch>,
    pub(super) filters: Filters,
    pub(super) action: Action,
    pub(super) timeouts: Timeouts,
    pub(super) retry: Option<Arc<Part<Retrying>>>,
}

/// A rule of either kind of routes, as far as both are alike.
struct RuleSpec<'a> {
    name: Option<&'a String>,
    matches: Result<Vec<RequestMatch>, Fault>,
    filters: Result<Draft<'a>, Fault>,
    backends: Vec<(BackendRef, u32, Result<Draft<'a>, Fault>)>,
    timeouts: Result<Timeouts, Fault>,
    retry: Option<(&'a RouteRetry, String)>,
}

/// All routes of both kinds.
pub(super) fn routes<'a>(resolver: Resolver<'a>, notes: &mut Notes) -> Vec<RouteDraft<'a>> {
    let store = resolver.context.store;
    let http = store.http_routes().map(|(object, spec)| {
        let view = RouteView {
            object,
            parents: &spec.parent_refs,
            hostnames: &spec.hostnames,
        };
        let rules = spec.rules.iter().enumerate().map(|(index, rule)| {
            let path = rule_path(index);
            let backends = rule.backend_refs.iter().enumerate().map(|(at, backend)| {
                let path = format!("{path}.backendRefs[{at}]");
                let filters = filters::http(&backend.filters, &path);
                (backend.reference(), backend.weight, filters)
            });
            RuleSpec {
                name: rule.name.as_ref(),
                matches: matches::http(&rule.matches, &path),
                filters: filters::http(&rule.filters, &path),
                backends: backends.collect(),
                timeouts: timeouts(&rule.timeouts, &path),
                retry: rule.retry.as_ref().map(|spec| (spec, path)),
            }
        });
        (view, rules.collect::<Vec<_>>())
    });
    let grpc = store.grpc_routes().map(|(object, spec)| {
        let view = RouteView {
            object,
            parents: &spec.parent_refs,
            hostnames: &spec.hostnames,
        };
        let rules = spec.rules.iter().enumerate().map(|(index, rule)| {
            let path = rule_path(index);
            let backends = rule.backend_refs.iter().enumerate().map(|(at, backend)| {
                let path = format!("{path}.backendRefs[{at}]");
                let filters = filters::grpc(&backend.filters, &path);
                (backend.reference(), backend.weight, filters)
            });
            RuleSpec {
                name: rule.name.as_ref(),
                matches: matches::grpc(&rule.matches, &path),
                filters: filters::grpc(&rule.filters, &path),
                backends: backends.collect(),
                timeouts: Ok(Timeouts::default()),
                retry: None,
            }
        });
        (view, rules.collect::<Vec<_>>())
    });
    let all: Vec<_> = http.chain(grpc).collect();
    let drafts = all.into_iter();
    drafts
        .map(|(view, rules)| draft(resolver, view, rules, notes))
        .collect()
}

fn rule_path(index: usize) -> String {
    format!("spec.rules[{index}]")
}

fn timeouts(spec: &crate::config::resource::Timeouts, path: &str) -> Result<Timeouts, Fault> {
    let read = |text: &Option<String>, field: &str| {
        let Some(text) = text else {
            return Ok(None);
        };
        let wrong = || {
            let path = format!("{path}.timeouts.{field}");
            Fault::new(path, "UnsupportedValue", no_duration(text))
        };
        duration(text).map(Some).ok_or_else(wrong)
    };
    Ok(Timeouts {
        request: read(&spec.request, "request")?,
        backend_request: read(&spec.backend_request, "backendRequest")?,
    })
}

fn draft<'a>(
    resolver: Resolver<'a>,
    view: RouteView<'a>,
    specs: Vec<RuleSpec<'a>>,
    notes: &mut Notes,
) -> RouteDraft<'a> {
    let mut draft = RouteDraft {
        view,
        rules: Vec::new(),
        count: specs.len(),
        refused: Vec::new(),
        unresolved: Vec::new(),
        doubts: Vec::new(),
        targets: BTreeSet::new(),
    };
    for (index, spec) in specs.into_iter().enumerate() {
        draft.add(resolver, index, spec, notes);
    }
    draft
}

impl RouteDraft<'_> {
    fn object(&self) -> &Object {
        self.view.object
    }

    /// Adds a rule. One that cannot be matched is left out; one that is refused for another reason
    /// answers 500, so that its requests do not come to a rule that asks less of them.
    fn add(&mut self, resolver: Resolver<'_>, index: usize, spec: RuleSpec<'_>, notes: &mut Notes) {
        let matches = match spec.matches {
            Ok(matches) => matches,
            Err(fault) => return self.refused.push((index, fault)),
        };
        let mut rule = RuleDraft {
            name: spec.name.cloned(),
            matches,
            filters: Filters::default(),
            action: Action::Forward(Vec::new()),
            timeouts: Timeouts::default(),
            retry: None,
        };
        let retry = spec.retry.map(|(spec, path)| {
            let origin = format!("{} {path}", self.object().reference);
            retry::of_rule(&origin, spec, &path).map_err(|faults| faults.into_iter().next())
        });
        let backends = self.backends(resolver, index, spec.backends);
        let filters = spec.filters.map(|draft| self.mirrors(resolver, draft));
        match (filters, backends, spec.timeouts, retry.transpose()) {
            (Ok(filters), Ok(backends), Ok(timeouts), Ok(retry)) => {
                warn_of_short(notes, self.object(), index, timeouts, &backends);
                self.doubts.extend(unmirrored(index, &filters, &backends));
                rule.filters = filters;
                rule.timeouts = timeouts;
                rule.retry = retry;
                rule.action = match rule.filters.redirect.take() {
                    Some(redirect) => Action::Redirect(redirect),
                    None => Action::Forward(backends),
                };
            }
            (filters, backends, timeouts, retry) => {
                let retry = retry.err().flatten();
                let faults = [filters.err(), backends.err(), timeouts.err(), retry];
                for fault in faults.into_iter().flatten().take(1) {
                    rule.action = Action::Invalid(fault.message.clone());
                    self.refused.push((index, fault));
                }
            }
        }
        self.rules.push((index, rule));
    }

    fn backends(
        &mut self,
        resolver: Resolver<'_>,
        rule: usize,
        specs: Vec<(BackendRef, u32, Result<Draft<'_>, Fault>)>,
    ) -> Result<Vec<WeightedBackend>, Fault> {
        let mut found = Vec::new();
        let mut refused = None;
        for (index, (reference, weight, filters)) in specs.into_iter().enumerate() {
            let path = format!("spec.rules[{rule}].backendRefs[{index}]");
            let outcome = self.follow(resolver, &reference, &path);
            let mut backend = WeightedBackend::new(weight, outcome);
            match filters {
                Ok(draft) => backend.filters = self.mirrors(resolver, draft),
                Err(fault) => refused = refused.or(Some(fault)),
            }
            found.push(backend);
        }
        refused.map_or(Ok(found), Err)
    }

    fn mirrors(&mut self, resolver: Resolver<'_>, draft: Draft<'_>) -> Filters {
        let mut filters = draft.filters;
        for (reference, share, path) in draft.mirrors {
            let target = self.follow(resolver, reference, &path);
            filters.mirrors.push(Mirror { target, share });
        }
        filters
    }

    fn follow(&mut self, resolver: Resolver<'_>, reference: &BackendRef, path: &str) -> Outcome {
        let Resolved {
            target,
            outcome,
            fault,
            doubt,
        } = resolver.resolve(self.view.object, reference, path);
        self.targets.insert(target);
        self.unresolved.extend(fault);
        self.doubts.extend(doubt);
        outcome
    }
}

/// The mirrors of requests that are redirected: nobody reads these to their end, so there is nothing
/// to copy.
fn unmirrored(index: usize, rule: &Filters, backends: &[WeightedBackend]) -> Option<Fault> {
    let path = rule_path(index);
    let redirects = |filters: &Filters| filters.redirect.is_some();
    let copied = |own: &Filters| !rule.mirrors.is_empty() || !own.mirrors.is_empty();
    let place = if redirects(rule) {
        (!rule.mirrors.is_empty()).then(|| format!("{path}.filters"))
    } else {
        let mut backends = backends.iter().map(|backend| &backend.filters);
        let at = backends.position(|own| redirects(own) && copied(own));
        at.map(|at| format!("{path}.backendRefs[{at}].filters"))
    };
    let message = format!("RequestMirror has no effect where rule {index} redirects");
    place.map(|place| Fault::new(place, "IncompatibleFilters", message))
}

/// A timeout of the whole answer ends streams.
fn warn_of_short(
    notes: &mut Notes,
    route: &Object,
    index: usize,
    timeouts: Timeouts,
    backends: &[WeightedBackend],
) {
    let Some(limit) = timeouts.request.filter(|it| !it.is_zero() && *it < SHORT) else {
        return;
    };
    let streams = backends.iter().any(|backend| {
        let Outcome::Backend(backend) = &backend.outcome else {
            return false;
        };
        !matches!(backend.kind, BackendKind::Http(_))
    });
    if streams {
        let message = format!(
            "a timeout of {limit:?} ends every stream of this backend that is longer; use 0s for \
             streams"
        );
        let path = format!("spec.rules[{index}].timeouts.request");
        let fault = Fault::new(path, "ShortTimeout", message);
        notes.add(Severity::Warning, route, "Accepted", &fault);
    }
}
