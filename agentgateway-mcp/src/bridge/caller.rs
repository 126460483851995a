use std::sync::Arc;

use agentgateway_core::context::Principal;
use http::Extensions;

/// Who calls, as texts are sealed for: nothing that one caller was given opens for another.
///
/// Empty where nobody was authenticated.
pub(crate) fn caller(extensions: &Extensions) -> String {
    caller_of(extensions.get::<Principal>())
}

/// The same of who was authenticated.
pub(crate) fn caller_of(who: Option<&Principal>) -> String {
    who.map_or_else(String::new, |who| {
        format!("{}\n{}", who.issuer().unwrap_or_default(), who.name())
    })
}

/// The session of a client of an earlier revision, for what keeps state of its own for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientSession(pub(crate) Arc<str>);
