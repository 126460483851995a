use std::sync::Arc;

use agentgateway_core::{
    Error, ErrorKind,
    authz::Authorization,
    context::CallView,
    policy::{Decision, Policy},
};
use http::{Request, request};

use crate::{
    call::McpCall,
    policy::{Allows, Caller, Denied, Item},
};

/// Rules of core's authorization about each tool, prompt, resource and template. Clones share them.
///
/// A rule is asked about the call that the item would be used by: `mcp.method` is `tools/call` and `mcp.tool`
/// the tool's name, also while a list is filtered. All else is that of the request at hand: its head, its
/// caller. So one rule filters lists and judges calls. A rule about tools says nothing of prompts, which then
/// means what [`authz`](agentgateway_core::authz) says of what is missing: an allow rule about tools allows no
/// prompt.
///
/// Calls that name nothing (`initialize`, lists, `ping`) are judged by the [`Policy`] of the same value, which
/// stands within the layer: a rule that asks for what they do not have says nothing of them, and the others
/// hold. Its refusals are 403.
///
/// Each item of a list costs a copy of the request's head, and its conditions.
#[derive(Clone, Debug)]
pub struct ToolAuthorization(Arc<Authorization>);

impl ToolAuthorization {
    /// By these rules.
    #[must_use]
    pub fn new(rules: Authorization) -> Self {
        Self(Arc::new(rules))
    }
}

impl Allows for ToolAuthorization {
    fn judge(&self, caller: &Caller<'_>, item: &Item<'_>) -> Result<(), Denied> {
        if item.climbs() {
            return Err(Denied::by("a URI that climbs"));
        }
        let mut head = match caller.head() {
            Some(head) => head.clone(),
            None => bare(caller),
        };
        let asked = McpCall::about(caller.extensions().get(), item);
        head.extensions.insert(asked);
        head.extensions.insert(CallView::of::<McpCall>());
        match self.0.refusing(&head) {
            None => Ok(()),
            Some(rule) => Err(Denied::by(rule)),
        }
    }
}

/// Of a request whose head nobody has kept.
fn bare(caller: &Caller<'_>) -> request::Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    head.extensions = caller.extensions().clone();
    head
}

/// Of calls that name nothing: the others have been judged by what they name.
impl Policy for ToolAuthorization {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let refusing = match head.extensions.get::<McpCall>() {
            Some(call) if call.items().next().is_some() => None,
            Some(_) => self.0.refusing_without(head),
            None => self.0.refusing(head),
        };
        match refusing {
            None => Decision::Pass,
            Some(rule) => Decision::Refuse(
                Error::new(ErrorKind::Forbidden, "the caller may not do this")
                    .with_decided_by(rule),
            ),
        }
    }
}
