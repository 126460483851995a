use std::{fmt, sync::Arc};

use agentgateway_core::{
    Error, ErrorKind,
    json::{self, JsonType},
    jsonrpc::RpcError,
    policy::tell_refused,
    protocol::Rejection,
};
use bytes::Bytes;
use http::{Response, StatusCode, request};

use crate::{
    call::{McpCall, McpKind},
    layer::parse::refuse,
    policy::{
        Allows, CallArguments, Caller, CheckCalls, Hygiene, Item, ItemKind, ListFilter, Wrong,
        unknown,
    },
    wire::{
        McpMethod,
        error::{self, INVALID_PARAMS, INVALID_REQUEST},
    },
};

const DEFAULT_LIST_BYTES: usize = 4 * 1024 * 1024;

/// What refusals are told under.
const POLICY: &str = "tools";
/// As much of a tool's name as an answer repeats.
const MAX_NAME_CHARS: usize = 128;

/// What is decided about the things that a server offers.
#[derive(Clone)]
pub(super) struct Items {
    pub(super) rules: Option<Arc<dyn Allows>>,
    pub(super) hygiene: Option<Hygiene>,
    pub(super) calls: Option<Arc<dyn CheckCalls>>,
    pub(super) max_list_bytes: usize,
}

impl Default for Items {
    fn default() -> Self {
        Self {
            rules: None,
            hygiene: None,
            calls: None,
            max_list_bytes: DEFAULT_LIST_BYTES,
        }
    }
}

impl Items {
    /// Whether a call that is hidden in another media type would escape.
    pub(super) fn judge_calls(&self) -> bool {
        self.rules.is_some() || self.calls.is_some()
    }

    /// Keeps the arguments of a call for [`admit`](Self::admit), where they are judged.
    pub(super) fn keep_arguments(
        &self,
        head: &mut request::Parts,
        call: &McpCall,
        body: &Bytes,
    ) -> Result<(), Rejection> {
        if self.calls.is_none() || call.tool().is_none() {
            return Ok(());
        }
        let is_object = |raw: &json::Raw<'_>| json::type_of(*raw) == JsonType::Object;
        let params = json::members(body, ["params"]).map(|[params]| params.filter(is_object));
        let arguments = params.and_then(|params| match params {
            Some(params) => json::members_of(params, ["arguments"]).map(|[arguments]| arguments),
            None => Ok(None),
        });
        let arguments =
            arguments.map_err(|error| refuse(INVALID_REQUEST, error.to_string(), call.id()))?;
        if let Some(arguments) = arguments.and_then(|raw| json::slice_of(body, raw)) {
            head.extensions.insert(CallArguments(arguments));
        }
        Ok(())
    }

    /// Whether the call may go inward: the caller may have all that it names, and its tool takes what it brings.
    pub(super) fn admit(&self, head: &request::Parts, call: &McpCall) -> Result<(), Rejection> {
        self.permit(head, call)?;
        self.check(head, call)
    }

    fn check(&self, head: &request::Parts, call: &McpCall) -> Result<(), Rejection> {
        let (Some(calls), Some(tool)) = (&self.calls, call.tool()) else {
            return Ok(());
        };
        let arguments = head.extensions.get::<CallArguments>();
        let arguments = arguments.map(|arguments| &*arguments.0);
        let target = call.target().unwrap_or_default();
        let (error, answer) = match calls.check(target, tool, arguments) {
            Ok(()) => return Ok(()),
            Err(Wrong::Tool(reason)) => (
                Error::new(ErrorKind::Forbidden, "the tool cannot be called")
                    .with_decided_by(reason),
                unknown(call.era(), ItemKind::Tool, tool, call.id()),
            ),
            Err(Wrong::Arguments(wrong)) => {
                let tool: String = tool.chars().take(MAX_NAME_CHARS).collect();
                let message = format!("Invalid arguments of tool {tool}: {wrong}");
                (
                    Error::new(ErrorKind::InvalidRequest, message.clone())
                        .with_decided_by("the schema of the tool"),
                    invalid(message, call),
                )
            }
        };
        tell_refused(POLICY, Some(tool), &error, &head.extensions);
        Err(Rejection::new(error, |_| answer))
    }

    fn permit(&self, head: &request::Parts, call: &McpCall) -> Result<(), Rejection> {
        let Some(rules) = &self.rules else {
            return Ok(());
        };
        let caller = Caller::from(head);
        for (kind, name) in call.items() {
            let item = Item::new(call.target().unwrap_or_default(), kind, name);
            let Err(denied) = rules.judge(&caller, &item) else {
                continue;
            };
            let answer = unknown(call.era(), kind, name, call.id());
            let message = "the call names something that is not for the caller";
            let error = Error::new(ErrorKind::Forbidden, message)
                .with_decided_by(Arc::clone(denied.rule()));
            tell_refused(POLICY, Some(name), &error, &head.extensions);
            return Err(Rejection::new(error, |_| answer));
        }
        Ok(())
    }

    /// What looks into the answer of a call that may bring a list.
    pub(super) fn filter(&self, head: &request::Parts, call: &McpCall) -> Option<Box<ListFilter>> {
        if self.rules.is_none() && self.hygiene.is_none() && self.calls.is_none() {
            return None;
        }
        // An answer that its client has lost comes by a stream that it opens.
        let brings = call.kind() == McpKind::ListenStream || call.method().is_some_and(lists);
        brings.then(|| {
            let target = call.target().map(Into::into);
            let filter = ListFilter::new(self.rules.clone(), self.hygiene, target, head);
            Box::new(filter.telling(self.calls.clone()))
        })
    }
}

/// As that of what is not there: see [`unknown`].
fn invalid(message: String, call: &McpCall) -> Response<Bytes> {
    let status = match call.id() {
        Some(_) => StatusCode::OK,
        None => StatusCode::BAD_REQUEST,
    };
    error::response(status, &RpcError::new(INVALID_PARAMS, message), call.id())
}

fn lists(method: &McpMethod) -> bool {
    matches!(
        method.as_str(),
        "tools/list" | "prompts/list" | "resources/list" | "resources/templates/list"
    )
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("rules", &self.rules.is_some())
            .field("hygiene", &self.hygiene)
            .field("calls", &self.calls.is_some())
            .field("max_list_bytes", &self.max_list_bytes)
            .finish()
    }
}
