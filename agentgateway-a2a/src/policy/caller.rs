use agentgateway_core::context::{ClientAddr, Principal};
use http::request;

/// Who calls, in one word that only this caller has: as it was authenticated, else its address, else nobody.
pub(super) fn caller(head: &request::Parts) -> String {
    authenticated(head).unwrap_or_else(|| {
        let address = head.extensions.get::<ClientAddr>();
        address.map_or_else(String::new, |address| format!("at {}", address.addr().ip()))
    })
}

/// The authenticated caller: method, issuer and name.
pub(super) fn authenticated(head: &request::Parts) -> Option<String> {
    let principal = head.extensions.get::<Principal>()?;
    let (method, name) = (principal.method().as_str(), principal.name());
    let issuer = principal.issuer().unwrap_or_default();
    // The length tells where the issuer ends, whatever either of the two contains.
    Some(format!("{method} {} {issuer} {name}", issuer.len()))
}
