use std::sync::Arc;

use agentgateway_core::{
    context::{CallFacts, Fact},
    jsonrpc::RpcId,
};

use crate::wire::{A2aBinding, A2aOperation, A2aVersion, MessageParts, PushUrl};

/// The typed view of one A2A call, for policies and middleware.
///
/// [`A2aLayer`](crate::A2aLayer) writes it into the request's extensions. A clone costs a reference
/// count. What is not in the call is `None`; empty strings count as missing. Nothing here is
/// verified but the form: ids and tenant are the client's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct A2aCall {
    facts: Arc<Facts>,
    agent: Option<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) operation: A2aOperation,
    pub(crate) binding: A2aBinding,
    pub(crate) version: A2aVersion,
    pub(crate) declared_version: A2aVersion,
    pub(crate) id: Option<RpcId>,
    pub(crate) tenant: Option<Box<str>>,
    pub(crate) tenant_in_path: bool,
    pub(crate) task_id: Option<Box<str>>,
    pub(crate) context_id: Option<Box<str>>,
    pub(crate) message_id: Option<Box<str>>,
    pub(crate) push_config_id: Option<Box<str>>,
    pub(crate) page_token: Option<Box<str>>,
    pub(crate) extensions: Box<[Box<str>]>,
    pub(crate) return_immediately: Option<bool>,
    pub(crate) parts: MessageParts,
    pub(crate) skill: Option<Box<str>>,
    pub(crate) push_url: Option<PushUrl>,
}

impl Facts {
    pub(crate) fn new(operation: A2aOperation, binding: A2aBinding, declared: A2aVersion) -> Self {
        Self {
            operation,
            binding,
            version: declared,
            declared_version: declared,
            id: None,
            tenant: None,
            tenant_in_path: false,
            task_id: None,
            context_id: None,
            message_id: None,
            push_config_id: None,
            page_token: None,
            extensions: Box::default(),
            return_immediately: None,
            parts: MessageParts::default(),
            skill: None,
            push_url: None,
        }
    }
}

impl From<Facts> for A2aCall {
    fn from(facts: Facts) -> Self {
        Self {
            facts: Arc::new(facts),
            agent: None,
        }
    }
}

/// The agent that answered, in the answer's extensions: for a layer that could not know it when it read the call.
#[derive(Clone, Debug)]
pub(crate) struct AnsweredBy(pub(crate) Arc<str>);

impl A2aCall {
    /// The same for another tenant.
    pub(crate) fn with_tenant(self, tenant: Option<Box<str>>) -> Self {
        let mut facts = Facts::clone(&self.facts);
        facts.tenant = tenant;
        Self {
            facts: Arc::new(facts),
            ..self
        }
    }

    /// The tenant is a segment of the path.
    pub(crate) fn has_path_tenant(&self) -> bool {
        self.facts.tenant_in_path
    }

    pub(crate) fn to(self, agent: Option<&Arc<str>>) -> Self {
        let agent = agent.cloned();
        Self { agent, ..self }
    }

    /// For the same agent as another call.
    #[cfg(feature = "tasks")]
    pub(crate) fn of_agent_of(self, other: &Self) -> Self {
        self.to(other.agent.as_ref())
    }

    /// The agent that it is for, by the name that [its layer](crate::A2aLayer::agent) was given.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// What is asked for.
    #[must_use]
    pub fn operation(&self) -> &A2aOperation {
        &self.facts.operation
    }

    /// Whether this is a call of this operation.
    #[must_use]
    pub fn is(&self, operation: &A2aOperation) -> bool {
        self.operation() == operation
    }

    /// How it is put into HTTP.
    #[must_use]
    pub fn binding(&self) -> A2aBinding {
        self.facts.binding
    }

    /// The version that the call is written in: method names and paths tell it; where they do not,
    /// [`declared_version`](Self::declared_version).
    #[must_use]
    pub fn version(&self) -> A2aVersion {
        self.facts.version
    }

    /// The version that the client declares by `A2A-Version`, as header or as query parameter; 0.3
    /// when it declares none.
    #[must_use]
    pub fn declared_version(&self) -> A2aVersion {
        self.facts.declared_version
    }

    /// The call is written in the version that the client declares.
    ///
    /// An agent refuses what is not: a client that sends `GetTask` without `A2A-Version` asks for
    /// 0.3, which has no such method.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.version() == self.declared_version()
    }

    /// The id of a JSON-RPC request, exactly as it was written: `1` and `"1"` are two ids.
    #[must_use]
    pub fn id(&self) -> Option<&RpcId> {
        self.facts.id.as_ref()
    }

    /// The tenant (v1.0): from the path where it stands there, else from the parameters. A path
    /// has one when exactly one segment stands before the route, behind the public URL's path.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.facts.tenant.as_deref()
    }

    /// The task that the call is about.
    #[must_use]
    pub fn task_id(&self) -> Option<&str> {
        self.facts.task_id.as_deref()
    }

    /// The conversation that the call belongs to.
    #[must_use]
    pub fn context_id(&self) -> Option<&str> {
        self.facts.context_id.as_deref()
    }

    /// The id of the message that is sent; an agent may use it to find duplicates.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        self.facts.message_id.as_deref()
    }

    /// The push configuration that the call is about.
    #[must_use]
    pub fn push_config_id(&self) -> Option<&str> {
        self.facts.push_config_id.as_deref()
    }

    /// Of a list of tasks: which page is asked for.
    pub(crate) fn page_token(&self) -> Option<&str> {
        self.facts.page_token.as_deref()
    }

    /// The extensions that the client activates, each once.
    pub fn extensions(&self) -> impl Iterator<Item = &str> {
        self.facts.extensions.iter().map(AsRef::as_ref)
    }

    /// Whether the answer may come before the task is done; v0.3 says `blocking` and means the
    /// contrary. `None` when the client leaves it to the agent.
    #[must_use]
    pub fn return_immediately(&self) -> Option<bool> {
        self.facts.return_immediately
    }

    /// Whether the call names a URL that the agent shall push to.
    #[must_use]
    pub fn has_push_url(&self) -> bool {
        self.facts.push_url.is_some()
    }

    /// The URL that the agent shall push to, as the call names it: within the configuration of a message, or
    /// of a push configuration that is set. It may hold a secret: log it nowhere.
    #[must_use]
    pub fn push_url(&self) -> Option<&str> {
        self.facts.push_url.as_ref().map(PushUrl::as_str)
    }

    /// What the parts of the message are. A call without a message has none.
    #[must_use]
    pub fn parts(&self) -> &MessageParts {
        &self.facts.parts
    }

    /// The skill that the client asks for by the header `X-A2A-Skill`. It is a hint: what the agent does with
    /// the message is the agent's choice.
    #[must_use]
    pub fn skill_hint(&self) -> Option<&str> {
        self.facts.skill.as_deref()
    }
}

impl CallFacts for A2aCall {
    const PROTOCOL: &'static str = "a2a";
    const NAMES: &'static [&'static str] = &[
        "operation",
        "binding",
        "version",
        "tenant",
        "task",
        "context",
        "message",
        "push",
        "agent",
        "skill",
    ];

    fn fact(&self, name: &str) -> Option<Fact<'_>> {
        Some(match name {
            "operation" => Fact::Text(self.operation().as_str()),
            "binding" => Fact::Text(self.binding().as_str()),
            "version" => Fact::Text(self.version().as_str()),
            "tenant" => Fact::Text(self.tenant()?),
            "task" => Fact::Text(self.task_id()?),
            "context" => Fact::Text(self.context_id()?),
            "message" => Fact::Text(self.message_id()?),
            "push" => Fact::Truth(self.has_push_url()),
            "agent" => Fact::Text(self.agent()?),
            "skill" => Fact::Text(self.skill_hint()?),
            _ => return None,
        })
    }

    fn is_safe(&self) -> bool {
        self.operation().is_safe()
    }
}
