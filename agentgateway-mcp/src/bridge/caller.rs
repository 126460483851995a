use std::sync::Arc;

use agentgateway_core::context::Principal;
use http::Extensions;

/// Who calls, as texts are sealed for: nothing that one caller was given opens for another.
///
/// Empty where nobody was authenticated.
pub(crate) fn caller(extensions: &Extensions) -> String {
    extensions
        .get::<Principal>()
        .map_or_else(String::new, |who| {
            format!("{}\n{}", who.issuer().unwrap_or_default(), who.name())
        })
}

/// The session of a client of an earlier revision, for what keeps state of its own for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientSession(pub(crate) Arc<str>);
