use std::{convert::Infallible, sync::Arc};

use agentgateway_core::{
    Body, Peeked,
    authz::Authorization,
    body::{AdaptLayer, PrefixLayer},
    policy::PolicyLayer,
    rescue::{Dialect, RescueLayer},
    transform::TransformLayer,
};
use http::{Request, Response};
use tower::{ServiceBuilder, service_fn};

use super::{
    Group,
    answers::{csrf, delay, direct},
    callers::{access, api_key, basic, jwt},
    ext_auth::ext_auth,
    limits::rate_limit,
    spending::{budgets, concurrency},
    transform::transform,
};
use crate::assemble::{
    Parts, Stack,
    plain::Plain,
    refuse::Refuse,
    table::{Telling, Unreached},
};
use crate::config::snapshot::{Cases, Policies};

/// The beginning of a body is shown, and the body goes on as it was.
type Prefixed = tower::layer::util::Stack<AdaptLayer<fn(Peeked<Body>) -> Body>, PrefixLayer>;

/// The policies of a rule, mounted before and within the layer of its protocol.
#[derive(Clone, Debug, Default)]
pub(in crate::assemble) struct Mounted {
    /// What needs no call: it decides before a body is read.
    before: Vec<Group>,
    /// What may ask about the call.
    within: Vec<Group>,
    /// So many bytes of bodies are read before it is decided.
    prefix: Option<usize>,
    /// What is changed, between the two.
    transform: Option<TransformLayer>,
}

impl Mounted {
    /// What is asked for.
    ///
    /// # Errors
    /// Why a part cannot be used, for the operator.
    pub(in crate::assemble) fn new(parts: &Parts, asked: &Policies) -> Result<Self, String> {
        let made = &parts.policies;
        let mut found = Self::default();
        if let Some(origins) = &asked.csrf {
            found.before.push(csrf(origins)?);
        }
        if let Some(part) = &asked.jwt {
            found.before.push(made.jwt.of(part, |it| jwt(parts, it))?);
        }
        if let Some(part) = &asked.basic {
            found.before.push(made.basic.of(part, basic)?);
        }
        if let Some(part) = &asked.api_key {
            found.before.push(made.api_key.of(part, api_key)?);
        }
        if let Some(part) = &asked.ext_auth {
            found
                .before
                .push(made.ext_auth.of(part, |it| ext_auth(parts, it))?);
            let Cases(cases) = &part.spec;
            found.prefix = cases.iter().filter_map(|(_, it)| it.body_bytes).max();
        }
        if let Some(part) = &asked.transform {
            found.transform = Some(transform(&part.spec)?);
        }
        if !asked.authorization.is_empty() {
            let rules = asked.authorization.iter().map(|rule| access(rule));
            found.within.push(Group::one(Authorization::new(rules)));
        }
        if let Some(part) = &asked.concurrency {
            let limits = made.concurrency.of(part, |it| Ok(concurrency(it)));
            found.within.push(limits?);
        }
        if let Some(part) = &asked.rate_limit {
            found
                .within
                .push(made.rate_limit.of(part, |it| rate_limit(parts, it))?);
        }
        if let Some(part) = &asked.budgets {
            let budgets = made.budgets.of(part, |it| Ok(budgets(parts, it)));
            found.within.push(budgets?);
        }
        found
            .within
            .extend(asked.delay.iter().map(|part| delay(part)));
        found
            .within
            .extend(asked.direct.iter().map(|part| direct(part)));
        Ok(found)
    }

    /// Shows them the beginning of bodies, where one of them asks for it. It stands outside of them.
    pub(in crate::assemble) fn prefix(&self) -> Option<Prefixed> {
        let adapt: fn(Peeked<Body>) -> Body = Peeked::into_body;
        let prefix = PrefixLayer::new(self.prefix?).refuse_longer(true);
        Some(tower::layer::util::Stack::new(
            AdaptLayer::new(adapt),
            prefix,
        ))
    }

    /// Those within the layer of the protocol.
    pub(in crate::assemble) fn within(&self) -> PolicyLayer {
        layer(&self.within)
    }

    /// Mounts what comes before those within around a stack; refusals are said by `rescue`.
    pub(in crate::assemble) fn around<D>(&self, rescue: RescueLayer<D>, stack: Stack) -> Stack
    where
        D: Dialect,
    {
        if self.before.is_empty() && self.transform.is_none() {
            return stack;
        }
        let telling = match stack.telling() {
            Telling::Table => Telling::Table,
            Telling::Layer | Telling::Behind => Telling::Behind,
        };
        let inner = service_fn(move |mut request: Request<Body>| {
            Unreached::reached(&mut request);
            let answering = stack.answer(request);
            async move { Ok::<_, Infallible>(answering.await) }
        });
        let outer = ServiceBuilder::new()
            .layer(rescue)
            .option_layer(self.prefix())
            .layer(layer(&self.before));
        let adapt: fn(Peeked<Body>) -> Body = Peeked::into_body;
        let stack = match &self.transform {
            None => Stack::new(outer.service(inner)),
            Some(transform) => Stack::new(
                outer
                    .layer(transform.clone())
                    .layer(AdaptLayer::new(adapt))
                    .service(inner),
            ),
        };
        stack.told_by(telling)
    }
}

fn layer<'a>(groups: impl IntoIterator<Item = &'a Group>) -> PolicyLayer {
    let all = groups.into_iter().flat_map(|group| group.0.iter());
    PolicyLayer::all(all.map(Arc::clone))
}

/// Says in an answer's extensions that a request may pass.
#[derive(Clone, Copy, Debug)]
pub(in crate::assemble) struct Passed;

impl Mounted {
    /// All of them before what refuses, where a rule has no backend and one of them may answer.
    pub(in crate::assemble) fn before_none(&self, refuse: Refuse) -> Stack {
        let none = Stack::untold(
            ServiceBuilder::new()
                .layer(RescueLayer::new(Plain, ()))
                .layer(self.within())
                .service(refuse),
        );
        self.around(RescueLayer::new(Plain, ()), none)
    }

    /// Those alone, before what is no service; `None` where there are none.
    pub(in crate::assemble) fn alone(&self) -> Option<Stack> {
        if self.before.is_empty() && self.within.is_empty() {
            return None;
        }
        let passed = service_fn(|_: Request<Body>| async {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(Passed);
            Ok::<_, Infallible>(response)
        });
        Some(Stack::untold(
            ServiceBuilder::new()
                .layer(RescueLayer::new(Plain, ()))
                .option_layer(self.prefix())
                .layer(layer(self.before.iter().chain(&self.within)))
                .service(passed),
        ))
    }
}
