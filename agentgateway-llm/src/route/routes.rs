use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    Body, Error, ErrorKind, Peeked,
    balance::{Affinity, Balancer, Criteria, Lease, Member, Prefer, Tried},
    error::Origin,
    json::{self, Raw},
};
use http::{Request, request};

use super::{ModelRoute, ModelServer, ModelTarget, pattern::Pattern};
use crate::{LlmCall, upstream::ModelOverride};

/// The routes as they are looked up.
#[derive(Debug)]
pub(super) struct Routes {
    /// The first that fits is taken.
    pub(super) ordered: Vec<Routed>,
    pub(super) servers: Vec<ModelServer>,
    pub(super) others: Option<ModelServer>,
    pub(super) clocks: HoldClocks,
}

/// How long the beginning of an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct HoldClocks {
    pub(super) hold_max: Duration,
    pub(super) first_content: Option<Duration>,
    /// Between two things that the model says, once the head has gone out.
    pub(super) token_gap: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Routed {
    pub(super) route: ModelRoute,
    pub(super) pattern: Pattern,
    balancer: Balancer<ModelTarget>,
    /// Of the targets, in their order: the balancer's keys.
    keys: Vec<Arc<str>>,
}

/// Who answers one call.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) lease: Lease<ModelTarget>,
    pub(super) tried: Option<Tried>,
}

impl Routed {
    pub(super) fn new(route: ModelRoute, pattern: Pattern) -> Self {
        let keys: Vec<Arc<str>> = (0..).zip(&route.targets).map(key).collect();
        let members = route.targets.iter().zip(&keys).map(|(target, key)| {
            Member::new(Arc::clone(key), target.clone())
                .weight(target.weight)
                .priority(target.priority)
        });
        let members: Vec<_> = members.collect();
        Self {
            balancer: (route.balancer)().build(members),
            route,
            pattern,
            keys,
        }
    }

    /// A target that takes the call, as long as there is one at all: else the one that is asked says why not.
    fn pick(
        &self,
        call: &LlmCall,
        criteria: &Criteria,
        tried: Option<&Tried>,
    ) -> Option<Lease<ModelTarget>> {
        let targets = || self.route.targets.iter().zip(&self.keys);
        let unfit = || targets().filter(|(target, _)| !target.server.takes(call));
        let count = unfit().count();
        if count == 0 || count == self.keys.len() {
            return self.balancer.pick_for(criteria);
        }
        // Those that were tried are asked again before one that cannot answer is.
        for tried in [tried.cloned().unwrap_or_default(), Tried::new()] {
            unfit().for_each(|(_, key)| tried.insert(Arc::clone(key)));
            let lease = self.balancer.pick_for(&criteria.clone().tried(&tried))?;
            if lease.value().server.takes(call) {
                return Some(lease);
            }
        }
        None
    }

    fn nobody(&self) -> Error {
        let words = "no provider of this model takes requests now";
        let error = Error::new(ErrorKind::Overloaded, words)
            .with_origin(Origin::Gateway)
            .with_unprocessed();
        match self.balancer.soonest() {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }
}

impl Routes {
    /// Picks who answers, and writes down which model it is asked for.
    pub(super) fn pick(
        &self,
        call: &LlmCall,
        head: &mut request::Parts,
        body: &Peeked<Body>,
    ) -> Result<Picked, Error> {
        let model = call.model();
        let fits = |routed: &&Routed| {
            let holds = routed.route.when.as_ref();
            routed.pattern.capture(model).is_some() && holds.is_none_or(|holds| holds(call, head))
        };
        let routed = self.ordered.iter().find(fits);
        let routed = routed.ok_or_else(|| self.unknown(model))?;
        let tried = head.extensions.get::<Tried>().cloned();
        let criteria = criteria(routed, tried.as_ref(), head, body);
        let lease = routed
            .pick(call, &criteria, tried.as_ref())
            .ok_or_else(|| routed.nobody())?;
        if let Some(own) = &lease.value().model {
            let capture = routed.pattern.capture(model).unwrap_or(model);
            let name: Arc<str> = own.replacen('*', capture, 1).into();
            head.extensions.insert(ModelOverride::new(name));
        }
        Ok(Picked { lease, tried })
    }

    /// The provider that the path names first, and the request without the name.
    pub(super) fn named(
        &self,
        request: Request<Peeked<Body>>,
    ) -> (Option<ModelServer>, Request<Peeked<Body>>) {
        let found = self.servers.iter().find_map(|server| {
            let rest = request.uri().path().strip_prefix('/')?;
            let rest = rest.strip_prefix(server.name())?;
            let query = request.uri().query().map(|query| format!("?{query}"));
            let path = format!("{rest}{}", query.unwrap_or_default());
            let uri = rest.starts_with('/').then(|| path.parse().ok())??;
            Some((server.clone(), uri))
        });
        let Some((server, uri)) = found else {
            return (None, request);
        };
        let (mut head, body) = request.into_parts();
        head.uri = uri;
        (Some(server), Request::from_parts(head, body))
    }

    fn unknown(&self, model: &str) -> Error {
        let known: Vec<&str> = self.names().take(8).collect();
        let words = if known.is_empty() {
            format!("there is no model \"{model}\" here")
        } else {
            format!(
                "there is no model \"{model}\" here; there are {}",
                known.join(", ")
            )
        };
        Error::new(ErrorKind::NotFound, words)
    }

    /// The names that clients may ask for, each once; patterns are none.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let exact = |routed: &Routed| matches!(routed.pattern, Pattern::Exact(_));
        let all = self.ordered.iter().filter(move |routed| exact(routed));
        let mut last = None;
        // Routes of one name stand together.
        all.map(|routed| &*routed.route.name)
            .filter(move |name| last.replace((*name).to_owned()).as_deref() != Some(name))
    }
}

/// One provider may stand there twice, with two models.
fn key((at, target): (usize, &ModelTarget)) -> Arc<str> {
    let model = target.model.as_deref().unwrap_or_default();
    format!("{at}/{}/{model}", target.server.name()).into()
}

fn criteria(
    routed: &Routed,
    tried: Option<&Tried>,
    head: &request::Parts,
    body: &Peeked<Body>,
) -> Criteria {
    let own = head.extensions.get::<Affinity>().copied();
    let affinity = own.or_else(|| {
        let bytes = routed.route.prompt_bytes?;
        beginning(&body.whole()?, bytes)
    });
    let mut criteria = Criteria::new();
    if let Some(tried) = tried {
        criteria = criteria.tried(tried);
    }
    if let Some(prefer) = head.extensions.get::<Prefer>() {
        criteria = criteria.prefer(prefer.clone());
    }
    match affinity {
        Some(affinity) => criteria.affinity(affinity),
        None => criteria,
    }
}

/// What a prompt begins with, in any dialect: its key, else its instructions and its first messages.
fn beginning(body: &[u8], bytes: usize) -> Option<Affinity> {
    const MEMBERS: [&str; 8] = [
        "prompt_cache_key",
        "system",
        "instructions",
        "systemInstruction",
        "system_instruction",
        "messages",
        "input",
        "contents",
    ];
    let found = json::members(body, MEMBERS).ok()?;
    let [key, ..] = found;
    if let Some(key) = key {
        return Some(Affinity::of(key.get()));
    }
    let mut prompt: Vec<u8> = Vec::new();
    for part in found.into_iter().flatten().map(Raw::get) {
        let left = bytes.saturating_sub(prompt.len());
        prompt.extend(part.bytes().take(left));
    }
    Some(Affinity::of(prompt))
}
