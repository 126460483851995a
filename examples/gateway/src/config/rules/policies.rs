//! Rules of policies at the side of backends, wherever they stand.

use std::time::Duration;

use super::Sheet;
use crate::config::object::field::member;
use crate::config::resource::{BackendAuth, BackendPolicies, CredentialRef};

/// All policies.
pub(super) const ALL: &[&str] = &[
    "ai",
    "auth",
    "extAuth",
    "health",
    "http",
    "mcp",
    "tcp",
    "tls",
    "transformation",
    "tunnel",
];

/// Kinds of credentials, of which one may be given.
const CREDENTIALS: &[&str] = &[
    "key",
    "secretRef",
    "passthrough",
    "aws",
    "azure",
    "gcp",
    "oauthTokenExchange",
    "crossAppAccess",
    "jwtSign",
];

/// Holds policies against their rules; `known` are the fields that they have in their place.
pub(super) fn check(policies: &BackendPolicies, known: &[&str], path: &str, sheet: &mut Sheet<'_>) {
    sheet.at_least_one(path, known);
    if let Some(auth) = &policies.auth {
        self::auth(auth, &member(path, "auth"), sheet);
    }
    if let Some(http) = &policies.http {
        let path = member(&member(path, "http"), "requestTimeout");
        let timeout = http.request_timeout.as_deref();
        sheet.at_least(&path, timeout, Duration::from_millis(1), "1ms");
    }
    if let Some(tcp) = &policies.tcp {
        let path = member(&member(path, "tcp"), "connectTimeout");
        let timeout = tcp.connect_timeout.as_deref();
        sheet.at_least(&path, timeout, Duration::from_millis(100), "100ms");
    }
    tls(&member(path, "tls"), sheet);
}

fn auth(auth: &BackendAuth, path: &str, sheet: &mut Sheet<'_>) {
    let any = CREDENTIALS
        .iter()
        .any(|name| sheet.has(&member(path, name)));
    sheet.fault_if(
        !any && auth.credentials.is_none(),
        path,
        "must specify credentials, or at most one of key/secretRef/passthrough/aws/azure/gcp/oauthTokenExchange/crossAppAccess/jwtSign (credentials may be combined with a primary auth kind)",
    );
    sheet.fault_if(
        auth.location.is_some()
            && auth.key.is_none()
            && auth.secret_ref.is_none()
            && auth.passthrough.is_none(),
        &member(path, "location"),
        "location may only be set for key, secretRef, or passthrough auth",
    );
    sheet.at_most_one(path, CREDENTIALS);
    if let Some(reference) = &auth.secret_ref {
        credential(reference, &member(path, "secretRef"), sheet);
    }
}

fn credential(reference: &CredentialRef, path: &str, sheet: &mut Sheet<'_>) {
    let text = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
    let (group, kind) = (text(&reference.group), text(&reference.kind));
    let whole = if group.is_empty() {
        kind.is_empty() || kind == "Secret"
    } else {
        !kind.is_empty()
    };
    sheet.fault_if(
        !whole,
        path,
        "custom credential refs must set both group and kind",
    );
}

fn tls(path: &str, sheet: &mut Sheet<'_>) {
    if sheet.has(path) {
        sheet.at_most_one(path, &["verifySubjectAltNames", "insecureSkipVerify"]);
    }
}
