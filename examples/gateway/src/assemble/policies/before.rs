use std::{convert::Infallible, sync::Arc};

use agentgateway_core::{
    Body, Peeked,
    body::{AdaptLayer, PrefixLayer, buffer::BufferLayer},
    policy::PolicyLayer,
    rescue::{Dialect, RescueLayer},
};
use http::Request;
use tower::{ServiceBuilder, layer::util, service_fn};

use super::{Group, transform::Transforms};
use crate::assemble::{
    Stack,
    table::{Telling, Unreached},
};

/// What stands before the layer of a protocol: for a rule, or behind that for one backend.
#[derive(Clone, Debug, Default)]
pub(super) struct Before {
    /// What needs no call: it decides before a body is read.
    pub(super) groups: Vec<Group>,
    /// So many bytes of bodies are read before it is decided.
    pub(super) prefix: Option<usize>,
    /// What is read whole, behind them: nobody uploads anything who may not.
    pub(super) buffer: Option<BufferLayer>,
    /// What is changed, behind all that.
    pub(super) transform: Option<Transforms>,
}

impl Before {
    /// Whether it holds bodies of requests in memory, or what comes first of them.
    pub(super) fn reads_bodies(&self) -> bool {
        let shown = self.transform.as_ref().is_some_and(|it| it.shown.is_some());
        self.prefix.is_some() || self.buffer.is_some() || shown
    }

    /// Shows them the beginning of bodies, where one of them asks for it. It stands outside of them.
    pub(super) fn prefix(&self) -> Option<Adapted<PrefixLayer>> {
        let prefix = PrefixLayer::new(self.prefix?).refuse_longer(true);
        Some(adapted(prefix))
    }

    /// Mounts them around a stack; refusals are said by `rescue`.
    pub(super) fn around<D>(&self, rescue: RescueLayer<D>, stack: Stack) -> Stack
    where
        D: Dialect,
    {
        if self.groups.is_empty() && self.buffer.is_none() && self.transform.is_none() {
            return stack;
        }
        let (telling, is_next) = match stack.telling() {
            Telling::Table => (Telling::Table, false),
            Telling::Layer => (Telling::Behind, true),
            Telling::Behind => (Telling::Behind, false),
        };
        let inner = service_fn(move |mut request: Request<Body>| {
            if is_next {
                Unreached::reached(&mut request);
            }
            let answering = stack.answer(request);
            async move { Ok::<_, Infallible>(answering.await) }
        });
        let outer = ServiceBuilder::new()
            .layer(rescue)
            .option_layer(self.prefix())
            .layer(layer(&self.groups));
        let buffer = self.buffer.map(adapted);
        let shown = self.transform.as_ref().and_then(|it| it.shown.clone());
        let shown = shown.map(adapted);
        let transform = self.transform.as_ref();
        let transform = transform.map(|it| adapted(it.layer.clone()));
        let stack = match (buffer, transform) {
            (None, None) => Stack::new(outer.service(inner)),
            (Some(buffer), None) => Stack::new(outer.layer(buffer).service(inner)),
            (None, Some(transform)) => {
                let changed = outer.option_layer(shown).layer(transform);
                Stack::new(changed.service(inner))
            }
            (Some(buffer), Some(transform)) => {
                let changed = outer.layer(buffer).option_layer(shown).layer(transform);
                Stack::new(changed.service(inner))
            }
        };
        stack.told_by(telling)
    }
}

/// A layer that hands on what it has read, before what takes bodies of one type.
fn adapted<L>(layer: L) -> Adapted<L> {
    let adapt: fn(Peeked<Body>) -> Body = Peeked::into_body;
    util::Stack::new(AdaptLayer::new(adapt), layer)
}

type Adapted<L> = util::Stack<AdaptLayer<fn(Peeked<Body>) -> Body>, L>;

/// All policies of these groups, in their order.
pub(super) fn layer<'a>(groups: impl IntoIterator<Item = &'a Group>) -> PolicyLayer {
    let all = groups.into_iter().flat_map(|group| group.0.iter());
    PolicyLayer::all(all.map(Arc::clone))
}
