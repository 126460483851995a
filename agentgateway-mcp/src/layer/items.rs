use std::{fmt, sync::Arc};

use agentgateway_core::{Error, ErrorKind, policy::tell_refused, protocol::Rejection};
use http::request;

use crate::{
    call::{McpCall, McpKind},
    policy::{Allows, Caller, Hygiene, Item, ListFilter, unknown},
    wire::McpMethod,
};

const DEFAULT_LIST_BYTES: usize = 4 * 1024 * 1024;

/// What refusals are told under.
const POLICY: &str = "tools";

/// What is decided about the things that a server offers.
#[derive(Clone)]
pub(super) struct Items {
    pub(super) rules: Option<Arc<dyn Allows>>,
    pub(super) hygiene: Option<Hygiene>,
    pub(super) max_list_bytes: usize,
}

impl Default for Items {
    fn default() -> Self {
        Self {
            rules: None,
            hygiene: None,
            max_list_bytes: DEFAULT_LIST_BYTES,
        }
    }
}

impl Items {
    /// Whether the caller may have all that the call names.
    pub(super) fn admit(&self, head: &request::Parts, call: &McpCall) -> Result<(), Rejection> {
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
        if self.rules.is_none() && self.hygiene.is_none() {
            return None;
        }
        // An answer that its client has lost comes by a stream that it opens.
        let brings = call.kind() == McpKind::ListenStream || call.method().is_some_and(lists);
        brings.then(|| {
            let target = call.target().map(Into::into);
            Box::new(ListFilter::new(
                self.rules.clone(),
                self.hygiene,
                target,
                head,
            ))
        })
    }
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
            .field("max_list_bytes", &self.max_list_bytes)
            .finish()
    }
}
