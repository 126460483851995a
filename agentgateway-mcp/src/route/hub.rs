use std::{
    future::ready,
    sync::Arc,
    time::{Duration, SystemTime},
};

use agentgateway_core::{
    Body, Error, ErrorKind, json, jsonrpc::RpcId, policy::tell_refused, seal::Sealer,
};
use bytes::Bytes;
use http::{Extensions, HeaderMap, Request, Response, StatusCode};

use super::{
    call::{Sent, own_id},
    counts::FederationCounts,
    federation::FailMode,
    index::{Found, Index},
    inward::Said,
    names::Naming,
    reply,
    target::FederationTarget,
};
use crate::{
    bridge::{judge, post_only},
    call::{McpCall, McpKind},
    layer::Places,
    policy::{Allows, Caller, Item, ItemKind},
    upstream::{Answering, SayingEarlier, Serve},
    wire::{Era, McpMethod},
};

/// What a federation is while it serves.
pub(super) struct Hub {
    pub(super) targets: Vec<FederationTarget>,
    pub(super) naming: Naming,
    pub(super) fail: FailMode,
    pub(super) deadline: Duration,
    pub(super) sealer: Sealer,
    /// Which federation it is, of those that share a key: what one has sealed is nothing to another.
    pub(super) scope: String,
    pub(super) state_lifetime: Duration,
    pub(super) max_answer_bytes: usize,
    pub(super) filter: Option<Arc<dyn Allows>>,
    /// How it was told to call itself.
    pub(super) own_name: Option<Bytes>,
    pub(super) server_info: Bytes,
    pub(super) counts: FederationCounts,
    pub(super) index: Index,
}

/// The hub, shared by the answers that it gives.
pub(super) struct Shared(pub(super) Arc<Hub>);

impl Serve for Shared {
    fn serve(&self, request: Request<Bytes>) -> Answering {
        let hub = Arc::clone(&self.0);
        let Some(known) = hub.known_call(&request) else {
            return Box::pin(hub.answer(request));
        };
        match hub.send_known(request, known) {
            Ok(sent) => Box::pin(sent.answer()),
            Err(error) => Box::pin(ready(Err(error))),
        }
    }

    fn may_be_earlier(&self) -> bool {
        self.0.has_earlier()
    }

    fn serve_earlier(&self, request: Request<Bytes>) -> SayingEarlier {
        let hub = Arc::clone(&self.0);
        Box::pin(hub.earlier(request))
    }
}

impl Hub {
    /// A call whose target is known without asking: most are such.
    fn known_call(&self, request: &Request<Bytes>) -> Option<Known> {
        let extensions = request.extensions();
        let call = extensions.get::<McpCall>()?;
        let kind = ItemKind::of_call(call.method()?.as_str())?;
        let outer = call.name().unwrap_or_default();
        let found = self.find_at_once(kind, outer, extensions)?;
        Some(Known {
            call: call.clone(),
            kind,
            found,
        })
    }

    /// Sends it. It waits for nothing, so that no future holds the request.
    fn send_known(
        self: &Arc<Self>,
        mut request: Request<Bytes>,
        Known { call, kind, found }: Known,
    ) -> Result<Sent, Error> {
        let body = request.body().clone();
        let places = Places::take(request.extensions_mut(), &body);
        let said = said(places.as_ref(), &body)?;
        match unfit(request.headers(), (&said, &call), own_id(&call)?) {
            Some(refusal) => Ok(Sent::Refused(refusal)),
            None => self.called(request, (&said, &call), kind, found),
        }
    }

    async fn answer(self: Arc<Self>, mut request: Request<Bytes>) -> Result<Response<Body>, Error> {
        let call = match request.extensions().get::<McpCall>() {
            Some(call) => call.clone(),
            None => McpCall::read(request.headers(), request.body())?,
        };
        let (Some(id), Some(method)) = (call.id(), call.method()) else {
            return taken(call.kind());
        };
        let body = request.body().clone();
        let places = Places::take(request.extensions_mut(), &body);
        let said = said(places.as_ref(), &body)?;
        if let Some(refusal) = unfit(request.headers(), (&said, &call), id) {
            return Ok(refusal);
        }
        let (id, method) = (id.clone(), method.clone());
        let asked = (&said, &call);
        if let Some(kind) = ItemKind::of_call(method.as_str()) {
            return Box::pin(self.call(request, asked, kind)).await;
        }
        match method.as_str() {
            _ if method.is_removed_in(Era::Modern) => Ok(reply::no_method(&id, method.as_str())),
            "server/discover" if self.targets.len() != 1 || self.own_name.is_some() => {
                Box::pin(self.discover(&request, &id)).await
            }
            "tools/list" => Box::pin(self.list(request, asked, ItemKind::Tool)).await,
            "prompts/list" => Box::pin(self.list(request, asked, ItemKind::Prompt)).await,
            "resources/list" => Box::pin(self.list(request, asked, ItemKind::Resource)).await,
            "resources/templates/list" => {
                Box::pin(self.list(request, asked, ItemKind::Template)).await
            }
            "completion/complete" => Box::pin(self.complete(request, asked)).await,
            "tasks/get" | "tasks/cancel" | "tasks/update" => {
                Box::pin(self.task(request, asked)).await
            }
            "subscriptions/listen" => Box::pin(self.listen(request, &id)).await,
            _ => Box::pin(self.other(request, asked)).await,
        }
    }

    pub(super) fn at(&self, name: &str) -> Option<usize> {
        self.targets.iter().position(|target| *target.name == *name)
    }

    /// Whether the caller may have it.
    pub(super) fn allows(
        &self,
        caller: &Extensions,
        target: &FederationTarget,
        kind: ItemKind,
        inner: &str,
    ) -> bool {
        let Some(filter) = &self.filter else {
            return true;
        };
        let item = Item::new(&target.name, kind, inner);
        filter.judge(&Caller::from(caller), &item).is_ok()
    }

    /// The same of a call: that it is refused is written down.
    pub(super) fn admits(
        &self,
        caller: &Extensions,
        target: &FederationTarget,
        kind: ItemKind,
        inner: &str,
    ) -> bool {
        let Some(filter) = &self.filter else {
            return true;
        };
        let item = Item::new(&target.name, kind, inner);
        let Err(denied) = filter.judge(&Caller::from(caller), &item) else {
            return true;
        };
        let message = "the call names something that is not for the caller";
        let error =
            Error::new(ErrorKind::Forbidden, message).with_decided_by(Arc::clone(denied.rule()));
        tell_refused("tools", Some(inner), &error, caller);
        false
    }

    pub(super) fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    pub(super) fn expiry(&self) -> SystemTime {
        self.now() + self.state_lifetime
    }
}

/// A call of which it is known what has the thing that it names.
struct Known {
    call: McpCall,
    kind: ItemKind,
    found: Found,
}

/// What a request says: what the layer has found in this body, or what is found now.
fn said<'a>(places: Option<&'a Places>, body: &'a Bytes) -> Result<Said<'a>, Error> {
    match places {
        Some(places) => Ok(places.members().into()),
        None => Said::read(body),
    }
}

/// What is no request wants no answer.
fn taken(kind: McpKind) -> Result<Response<Body>, Error> {
    match kind {
        McpKind::Notification => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::ACCEPTED;
            Ok(response)
        }
        McpKind::Request | McpKind::Response => Err(Error::new(
            ErrorKind::InvalidRequest,
            "clients of MCP 2026-07-28 send requests and notifications",
        )),
        McpKind::ListenStream | McpKind::EndSession => Err(post_only()),
    }
}

/// What is wrong with the request as one of 2026-07-28, whichever server it is for: headers are written anew for the
/// server, so that none of those behind misses what the client has left out.
fn unfit(
    head: &HeaderMap,
    (said, call): (&Said<'_>, &McpCall),
    id: &RpcId,
) -> Option<Response<Body>> {
    let version = said.version.and_then(json::string);
    let in_body = (version.as_deref(), said.capabilities.is_some());
    let refusal = judge(head, call, in_body).err()?;
    Some(refusal.response(Some(id)))
}

/// The methods that are about one kind of thing.
impl ItemKind {
    /// The kind of thing that this method calls by name.
    fn of_call(method: &str) -> Option<Self> {
        match method {
            "tools/call" => Some(Self::Tool),
            "prompts/get" => Some(Self::Prompt),
            "resources/read" => Some(Self::Resource),
            _ => None,
        }
    }

    pub(super) fn list_method(self) -> McpMethod {
        match self {
            Self::Tool => McpMethod::TOOLS_LIST,
            Self::Prompt => McpMethod::PROMPTS_LIST,
            Self::Resource => McpMethod::RESOURCES_LIST,
            Self::Template => McpMethod::RESOURCES_TEMPLATES_LIST,
        }
    }

    /// The member of a list's result that holds the items.
    pub(super) const fn items_key(self) -> &'static str {
        match self {
            Self::Tool => "tools",
            Self::Prompt => "prompts",
            Self::Resource => "resources",
            Self::Template => "resourceTemplates",
        }
    }
}
