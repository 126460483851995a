use std::sync::Arc;

use agentgateway_core::{
    context::{CallFacts, Fact},
    jsonrpc::RpcId,
    telemetry::TraceContext,
};

use crate::{
    policy::{Item, ItemKind},
    wire::{Era, McpMethod, NameParam, ProtocolVersion, SessionId},
};

/// The typed view of one MCP exchange, for policies and middleware.
///
/// [`McpLayer`](crate::McpLayer) writes it into the request's extensions. A clone costs a reference
/// count. What it says is read from the body, never from a header that repeats the body.
#[derive(Clone, Debug)]
pub struct McpCall {
    facts: Arc<Facts>,
    target: Option<Arc<str>>,
}

/// What a client has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum McpKind {
    /// A method that wants an answer.
    Request,
    /// A method that wants none.
    Notification,
    /// The answer to a request of the server's; up to 2025-11-25.
    Response,
    /// A GET that opens a stream of the server's messages, or takes one up again; up to 2025-11-25.
    ListenStream,
    /// A DELETE that ends the session; up to 2025-11-25.
    EndSession,
}

#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) kind: McpKind,
    pub(crate) id: Option<RpcId>,
    pub(crate) method: Option<McpMethod>,
    pub(crate) name: Option<Box<str>>,
    /// What it is about beside that: what it wants completed, or to be told of.
    pub(crate) also: Vec<(ItemKind, Box<str>)>,
    pub(crate) progress_token: Option<RpcId>,
    pub(crate) protocol_version: Option<ProtocolVersion>,
    pub(crate) session_id: Option<SessionId>,
    pub(crate) last_event_id: Option<Box<str>>,
    pub(crate) trace: Option<TraceContext>,
}

impl Facts {
    pub(crate) const fn new(kind: McpKind) -> Self {
        Self {
            kind,
            id: None,
            method: None,
            name: None,
            also: Vec::new(),
            progress_token: None,
            protocol_version: None,
            session_id: None,
            last_event_id: None,
            trace: None,
        }
    }
}

impl From<Facts> for McpCall {
    fn from(facts: Facts) -> Self {
        Self {
            facts: Arc::new(facts),
            target: None,
        }
    }
}

impl McpCall {
    pub(crate) fn to(self, target: Option<&Arc<str>>) -> Self {
        let target = target.cloned();
        Self { target, ..self }
    }

    /// The same call, for the server of another one.
    #[cfg(feature = "bridge")]
    pub(crate) fn beside(self, other: &Self) -> Self {
        if self.target.is_some() {
            return self;
        }
        self.to(other.target.as_ref())
    }

    /// The same call, for the server of this name: where several stand behind one endpoint, what decides
    /// for one of them reads it as [`target`](Self::target).
    #[must_use]
    pub fn for_target(self, target: &Arc<str>) -> Self {
        self.to(Some(target))
    }

    /// The same call as one of several servers is told it, by another id, which is its token of progress too, and by
    /// another name where one is given.
    #[cfg(feature = "federation")]
    pub(crate) fn told_as(
        &self,
        (id, with_token): (&RpcId, bool),
        target: &Arc<str>,
        name: Option<&str>,
    ) -> Self {
        let own = &*self.facts;
        let facts = Facts {
            kind: own.kind,
            id: Some(id.clone()),
            method: own.method.clone(),
            name: name.map(Into::into).or_else(|| own.name.clone()),
            also: own.also.clone(),
            progress_token: with_token.then(|| id.clone()),
            protocol_version: Some(ProtocolVersion::new(ProtocolVersion::LATEST)),
            session_id: own.session_id.clone(),
            last_event_id: own.last_event_id.clone(),
            trace: own.trace.clone(),
        };
        Self::from(facts).to(Some(target))
    }

    /// The same call as a server of the newest revision is told it.
    #[cfg(feature = "bridge")]
    pub(crate) fn told_newly(&self) -> Self {
        let mut facts = Facts::clone(&self.facts);
        facts.protocol_version = Some(ProtocolVersion::new(ProtocolVersion::LATEST));
        facts.session_id = None;
        Self::from(facts).to(self.target.as_ref())
    }

    /// The same call as a server of an earlier revision is told it in its session, by another id, which is its
    /// token of progress too.
    #[cfg(feature = "bridge")]
    pub(crate) fn told_in(&self, id: &RpcId, version: &str, session: Option<&SessionId>) -> Self {
        let mut facts = Facts::clone(&self.facts);
        facts.id = Some(id.clone());
        facts.progress_token = facts.progress_token.map(|_| id.clone());
        facts.protocol_version = Some(ProtocolVersion::new(version));
        facts.session_id = session.cloned();
        Self::from(facts).to(self.target.as_ref())
    }

    /// The same call in another session.
    #[cfg(feature = "federation")]
    pub(crate) fn in_session(mut self, session: SessionId) -> Self {
        Arc::make_mut(&mut self.facts).session_id = Some(session);
        self
    }

    /// The server that it is for, by the name that [its layer](crate::McpLayer::target) was given.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// What the client has sent.
    #[must_use]
    pub fn kind(&self) -> McpKind {
        self.facts.kind
    }

    /// The id, exactly as it was written: `1` and `"1"` are two ids. There on every request, and on
    /// an answer that names the request it is for.
    #[must_use]
    pub fn id(&self) -> Option<&RpcId> {
        self.facts.id.as_ref()
    }

    /// The method of a request or notification.
    #[must_use]
    pub fn method(&self) -> Option<&McpMethod> {
        self.facts.method.as_ref()
    }

    /// Whether this is a request or notification of this method.
    #[must_use]
    pub fn is(&self, method: &McpMethod) -> bool {
        self.method() == Some(method)
    }

    /// What the method is about: the tool or prompt by its name, the resource by its URI, the task
    /// by its id. See [`McpMethod::name_param`].
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.facts.name.as_deref()
    }

    /// The tool that `tools/call` runs.
    #[must_use]
    pub fn tool(&self) -> Option<&str> {
        self.name().filter(|_| self.is(&McpMethod::TOOLS_CALL))
    }

    /// The prompt that `prompts/get` renders.
    #[must_use]
    pub fn prompt(&self) -> Option<&str> {
        self.name().filter(|_| self.is(&McpMethod::PROMPTS_GET))
    }

    /// The URI of the resource that is read, subscribed to or unsubscribed from.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        let param = self.method().and_then(McpMethod::name_param);
        self.name().filter(|_| param == Some(NameParam::Uri))
    }

    /// Everything that a server offers and that this call names: what it runs, renders, reads or subscribes
    /// to, and the prompt or template of which it wants something completed.
    pub(crate) fn items(&self) -> impl Iterator<Item = (ItemKind, &str)> {
        let kind = match self.method().map(McpMethod::as_str) {
            Some("tools/call") => Some(ItemKind::Tool),
            Some("prompts/get") => Some(ItemKind::Prompt),
            Some("resources/read" | "resources/subscribe" | "resources/unsubscribe") => {
                Some(ItemKind::Resource)
            }
            _ => None,
        };
        let also = self.facts.also.iter();
        let also = also.map(|(kind, name)| (*kind, &**name));
        kind.zip(self.name()).into_iter().chain(also)
    }

    /// The call that uses an item, by the client of another call.
    pub(crate) fn about(asked: Option<&Self>, item: &Item<'_>) -> Self {
        let mut facts = Facts::new(McpKind::Request);
        if let Some(asked) = asked {
            facts.protocol_version = asked.protocol_version().cloned();
            facts.session_id = asked.session_id().cloned();
        }
        facts.method = Some(match item.kind() {
            ItemKind::Tool => McpMethod::TOOLS_CALL,
            ItemKind::Prompt => McpMethod::PROMPTS_GET,
            ItemKind::Resource | ItemKind::Template => McpMethod::RESOURCES_READ,
        });
        facts.name = Some(item.name().into());
        let target = Some(item.target()).filter(|target| !target.is_empty());
        Self::from(facts).to(target.map(Into::into).as_ref())
    }

    /// The token by which progress is reported: a string or a number, as it was written.
    #[must_use]
    pub fn progress_token(&self) -> Option<&RpcId> {
        self.facts.progress_token.as_ref()
    }

    /// The revision: what the header says, else `_meta`, else what `initialize` proposes.
    #[must_use]
    pub fn protocol_version(&self) -> Option<&ProtocolVersion> {
        self.facts.protocol_version.as_ref()
    }

    /// Which protocol it is; a call that names no revision is of [`Era::Legacy`].
    #[must_use]
    pub fn era(&self) -> Era {
        self.protocol_version()
            .map_or(Era::Legacy, ProtocolVersion::era)
    }

    /// The session that the client names. `None` in [`Era::Modern`], which has none.
    #[must_use]
    pub fn session_id(&self) -> Option<&SessionId> {
        self.facts.session_id.as_ref()
    }

    /// The last event that the client has seen of the stream that it takes up again.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.facts.last_event_id.as_deref()
    }

    /// The trace context that `_meta` carries.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceContext> {
        self.facts.trace.as_ref()
    }
}

impl CallFacts for McpCall {
    const PROTOCOL: &'static str = "mcp";
    const NAMES: &'static [&'static str] = &[
        "method", "tool", "prompt", "resource", "session", "version", "target",
    ];

    fn fact(&self, name: &str) -> Option<Fact<'_>> {
        Some(Fact::Text(match name {
            "method" => self.method()?.as_str(),
            "tool" => self.tool()?,
            "prompt" => self.prompt()?,
            "resource" => self.resource()?,
            "session" => self.session_id()?.as_str(),
            "version" => self.protocol_version()?.as_str(),
            "target" => self.target()?,
            _ => return None,
        }))
    }

    fn is_safe(&self) -> bool {
        self.kind() == McpKind::Request && self.method().is_some_and(McpMethod::is_safe)
    }
}
