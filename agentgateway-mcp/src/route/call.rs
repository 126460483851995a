use std::sync::Arc;

use agentgateway_core::{
    Body, Error, ErrorKind, context::Principal, json, jsonrpc::RpcId, seal::Seal,
};
use bytes::Bytes;
use http::{Extensions, Request, Response};

use super::{
    fan::Origins,
    hub::Hub,
    index::Found,
    inward::{self, Change, Said},
    relay::{Exchange, kind_of_list},
    reply,
};
use crate::{
    bridge::{caller, caller_of, edit},
    call::McpCall,
    layer::AskedServer,
    policy::{ItemKind, climbs},
    upstream::Answering,
    wire::NameParam,
};

/// What the state of a call is sealed for.
const STATE: &str = "mcp-federation-state";

/// A request's message, and the call that it is.
pub(super) type Asked<'a> = (&'a Said<'a>, &'a McpCall);

/// To what the state of a call is bound, beside its target and its method.
pub(super) struct Bound {
    /// The target's own name of what is called.
    inner: String,
    who: Option<Principal>,
}

/// What has become of a request when nothing was waited for yet.
///
/// The request is in no future: each that it passed through would have room for it twice, and be moved with it.
pub(super) enum Sent {
    /// It is for no target.
    Refused(Response<Body>),
    /// A target has it.
    Waits(Answering, Exchange),
}

impl Sent {
    pub(super) async fn answer(self) -> Result<Response<Body>, Error> {
        match self {
            Self::Refused(answer) => Ok(answer),
            Self::Waits(sent, exchange) => exchange.answer(sent.await?).await,
        }
    }
}

impl Hub {
    /// A call of one tool, prompt or resource: of the one target that has it.
    pub(super) async fn call(
        self: &Arc<Self>,
        request: Request<Bytes>,
        asked: Asked<'_>,
        kind: ItemKind,
    ) -> Result<Response<Body>, Error> {
        let outer = asked.1.name().unwrap_or_default();
        let found = self.find(kind, outer, &request).await?;
        self.called(request, asked, kind, found)?.answer().await
    }

    /// The same, where it is known which target has it.
    pub(super) fn called(
        self: &Arc<Self>,
        request: Request<Bytes>,
        (said, call): Asked<'_>,
        kind: ItemKind,
        found: Found,
    ) -> Result<Sent, Error> {
        let (id, outer) = (own_id(call)?, call.name().unwrap_or_default());
        let refused = |answer| Ok(Sent::Refused(answer));
        let (at, inner) = match found {
            Found::At(at, inner) => (at, inner),
            Found::Nowhere => return refused(reply::unknown(id, kind, outer)),
            Found::Twice => return refused(reply::ambiguous(id, outer)),
        };
        let Some(target) = self.targets.get(at) else {
            return refused(reply::unknown(id, kind, outer));
        };
        let climbs = kind == ItemKind::Resource && climbs(&inner);
        if climbs || !self.admits(request.extensions(), target, kind, &inner) {
            return refused(reply::unknown(id, kind, outer));
        }
        let mut changes = Vec::new();
        if inner != outer {
            changes.push(Change::Name(kind.param(), &inner));
        }
        let bound = Bound {
            inner: inner.clone(),
            who: request.extensions().get().cloned(),
        };
        if let Some(state) = said.state {
            let bound_to = self.bound_to(call, at, &bound);
            let seal = Seal::new(STATE).bound_to(&bound_to);
            let sealed = json::string(state).unwrap_or_default();
            let Some(state) = self.sealer.open(seal, &sealed, self.now()) else {
                let message = "params.requestState is not of this call, or has expired";
                return refused(reply::invalid_params(id, message));
            };
            changes.push(Change::State(state.into()));
        }
        self.relay(request, (said, call), at, Some(bound), &changes)
    }

    /// The completion of an argument of a prompt or template.
    pub(super) async fn complete(
        self: &Arc<Self>,
        request: Request<Bytes>,
        (said, call): Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let id = own_id(call)?;
        let reference = edit::member(request.body(), "params")
            .and_then(|params| edit::member(&params, "ref"))
            .unwrap_or_default();
        let (kind, key) = match edit::text(&reference, "type").as_deref() {
            Some("ref/prompt") => (ItemKind::Prompt, "name"),
            Some("ref/resource") => (ItemKind::Template, "uri"),
            _ => return Ok(reply::invalid_params(id, "params.ref is of no known type")),
        };
        let Some(outer) = edit::text(&reference, key) else {
            let message = format!("params.ref needs {key}, a string");
            return Ok(reply::invalid_params(id, message));
        };
        let (at, inner) = match self.find(kind, &outer, &request).await? {
            Found::At(at, inner) => (at, inner),
            Found::Nowhere => return Ok(reply::unknown(id, kind, &outer)),
            Found::Twice => return Ok(reply::ambiguous(id, &outer)),
        };
        let allowed = self
            .targets
            .get(at)
            .is_some_and(|target| self.admits(request.extensions(), target, kind, &inner));
        if !allowed {
            return Ok(reply::unknown(id, kind, &outer));
        }
        let changes = [Change::Reference(key, &inner)];
        let changes = if inner == outer { &[][..] } else { &changes };
        self.relay(request, (said, call), at, None, changes)?
            .answer()
            .await
    }

    /// A task, of the target that runs it.
    pub(super) async fn task(
        self: &Arc<Self>,
        request: Request<Bytes>,
        (said, call): Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        let (id, outer) = (own_id(call)?, call.name().unwrap_or_default());
        let Some((at, inner)) = self.task_of(outer) else {
            return Ok(reply::invalid_params(
                id,
                format!("Unknown task: {}", reply::shown(outer)),
            ));
        };
        let changes = [Change::Name(NameParam::TaskId, inner)];
        let changes = if inner == outer { &[][..] } else { &changes };
        self.relay(request, (said, call), at, None, changes)?
            .answer()
            .await
    }

    /// Which target runs a task, and its own id of it.
    pub(super) fn task_of<'a>(&self, outer: &'a str) -> Option<(usize, &'a str)> {
        if !self.naming.prefixed && !self.naming.many {
            return Some((0, outer));
        }
        let (target, inner) = outer.split_once('+')?;
        Some((self.at(target)?, inner))
    }

    /// A method that nobody here knows: it is the one target's, where there is but one.
    pub(super) async fn other(
        self: &Arc<Self>,
        request: Request<Bytes>,
        (said, call): Asked<'_>,
    ) -> Result<Response<Body>, Error> {
        if self.naming.many || self.targets.is_empty() {
            let method = call.method().map_or("", |method| method.as_str());
            return Ok(reply::no_method(own_id(call)?, method));
        }
        self.relay(request, (said, call), 0, None, &[])?
            .answer()
            .await
    }

    /// Sends a request to a target, changed as it must be.
    pub(super) fn relay(
        self: &Arc<Self>,
        request: Request<Bytes>,
        (said, call): Asked<'_>,
        at: usize,
        bound: Option<Bound>,
        changes: &[Change<'_>],
    ) -> Result<Sent, Error> {
        let Some(target) = self.targets.get(at) else {
            return Err(Error::new(ErrorKind::NotFound, "there is no such target"));
        };
        AskedServer::note(request.extensions(), &target.name);
        let minted = target.mint();
        let mut caller = Extensions::new();
        if call
            .method()
            .is_some_and(|method| kind_of_list(method.as_str()).is_some())
        {
            caller = request.extensions().clone();
        }
        let request = inward::directed(request, (said, call), (target, &minted), changes)?;
        let sent = target.server.send(request);
        let exchange = Exchange {
            hub: Arc::clone(self),
            at,
            call: call.clone(),
            minted,
            bound,
            caller,
        };
        Ok(Sent::Waits(sent, exchange))
    }

    /// Which target has it.
    pub(super) async fn find(
        &self,
        kind: ItemKind,
        outer: &str,
        request: &Request<Bytes>,
    ) -> Result<Found, Error> {
        if let Some(found) = self.find_at_once(kind, outer, request.extensions()) {
            return Ok(found);
        }
        let origins = Origins::of(request);
        Box::pin(self.indexed(kind, outer, &origins)).await
    }

    /// The same; `None` where targets may have to be asked.
    pub(super) fn find_at_once(
        &self,
        kind: ItemKind,
        outer: &str,
        extensions: &Extensions,
    ) -> Option<Found> {
        let tool = |at: usize, name: &str| {
            let target = self.targets.get(at)?;
            match kind {
                ItemKind::Tool => target.inner_tool(name).map(str::to_owned),
                _ => Some(name.to_owned()),
            }
        };
        let is_name = matches!(kind, ItemKind::Tool | ItemKind::Prompt);
        let index = if is_name {
            self.naming.needs_index(outer)
        } else {
            self.naming.many && !self.naming.prefixed
        };
        let found = if index {
            return self.known(kind, outer, caller(extensions));
        } else if !self.naming.prefixed {
            tool(0, outer).map(|inner| (0, inner))
        } else if is_name {
            outer
                .split_once('_')
                // It has one name, and rules may speak of that: not of the one that was too long.
                .filter(|_| self.naming.is_told(outer))
                .and_then(|(target, name)| Some((self.at(target)?, name)))
                .and_then(|(at, name)| Some((at, tool(at, name)?)))
        } else {
            self.naming
                .inner_uri(outer)
                .and_then(|(target, inner)| Some((self.at(target)?, inner)))
        };
        Some(found.map_or(Found::Nowhere, |(at, inner)| Found::At(at, inner)))
    }

    /// To whom and to what the state of a call is bound: it opens for no other caller, target or call.
    fn bound_to(&self, call: &McpCall, at: usize, Bound { inner, who }: &Bound) -> String {
        let target = self.targets.get(at).map_or("", |target| &*target.name);
        let method = call.method().map_or("", |method| method.as_str());
        let who = caller_of(who.as_ref());
        let scope = &self.scope;
        format!(
            "{scope}\n{method}\n{target}\n{}\n{inner}\n{who}",
            inner.len()
        )
    }

    /// The state of a target's as the client carries it. `state` is the JSON string.
    pub(super) fn sealed_state(
        &self,
        state: &str,
        (call, at, bound): (&McpCall, usize, &Bound),
    ) -> String {
        let bound_to = self.bound_to(call, at, bound);
        let seal = Seal::new(STATE).bound_to(&bound_to);
        self.sealer.seal(seal, state.as_bytes(), self.expiry())
    }
}

impl ItemKind {
    const fn param(self) -> NameParam {
        match self {
            Self::Tool | Self::Prompt => NameParam::Name,
            Self::Resource | Self::Template => NameParam::Uri,
        }
    }
}

pub(super) fn own_id(call: &McpCall) -> Result<&RpcId, Error> {
    call.id()
        .ok_or_else(|| Error::new(ErrorKind::InvalidRequest, "a request has an id"))
}
