use agentgateway_core::jsonrpc::RpcId;

use crate::wire::{A2aBinding, A2aOperation, A2aVersion};

/// One A2A call, as policies and middleware read it in the request's extensions.
///
/// What is not in the call is `None`; empty strings count as missing. Nothing here is verified but
/// the form: ids and tenant are the client's word.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct A2aCall {
    /// What is asked for.
    pub operation: A2aOperation,
    /// How it is put into HTTP.
    pub binding: A2aBinding,
    /// The version that the call is written in: method names and paths tell it; where they do not,
    /// [`declared_version`](Self::declared_version).
    pub version: A2aVersion,
    /// The version that the client declares by `A2A-Version`, as header or as query parameter; 0.3
    /// when it declares none.
    pub declared_version: A2aVersion,
    /// The id of a JSON-RPC request, which the answer repeats exactly.
    pub id: Option<RpcId>,
    /// The tenant (v1.0): from the path where it stands there, else from the parameters. A path
    /// has one when exactly one segment stands before the route, behind the public URL's path.
    pub tenant: Option<Box<str>>,
    /// The task that the call is about.
    pub task_id: Option<Box<str>>,
    /// The conversation that the call belongs to.
    pub context_id: Option<Box<str>>,
    /// The id of the message that is sent; an agent may use it to find duplicates.
    pub message_id: Option<Box<str>>,
    /// The push configuration that the call is about.
    pub push_config_id: Option<Box<str>>,
    /// The extensions that the client activates.
    pub extensions: Box<[Box<str>]>,
    /// Whether the answer may come before the task is done; v0.3 says `blocking` and means the
    /// contrary. `None` when the client leaves it to the agent.
    pub return_immediately: Option<bool>,
    /// The call names a URL that the agent shall push to.
    pub has_push_url: bool,
}

impl A2aCall {
    pub(crate) fn new(operation: A2aOperation, binding: A2aBinding, declared: A2aVersion) -> Self {
        Self {
            operation,
            binding,
            version: declared,
            declared_version: declared,
            id: None,
            tenant: None,
            task_id: None,
            context_id: None,
            message_id: None,
            push_config_id: None,
            extensions: Box::default(),
            return_immediately: None,
            has_push_url: false,
        }
    }

    /// The call is written in the version that the client declares.
    ///
    /// An agent refuses what is not: a client that sends `GetTask` without `A2A-Version` asks for
    /// 0.3, which has no such method.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.version == self.declared_version
    }
}
