//! What is said of tokens that are not valid: to the client no more than that, but where it can do
//! something about it.

use crate::auth::Rejection;

pub(super) fn malformed() -> Rejection {
    Rejection::new("the token is malformed", "malformed")
}

pub(super) fn expired() -> Rejection {
    Rejection::new("the token is expired", "expired")
}

pub(super) fn early() -> Rejection {
    Rejection::new("the token is not valid yet", "early")
}

pub(super) fn audience() -> Rejection {
    Rejection::new("the token is meant for another audience", "audience")
}

pub(super) fn critical() -> Rejection {
    invalid("critical extension")
}

pub(super) fn algorithm() -> Rejection {
    invalid("algorithm")
}

pub(super) fn issuer() -> Rejection {
    invalid("issuer")
}

pub(super) fn key() -> Rejection {
    invalid("key")
}

pub(super) fn signature() -> Rejection {
    invalid("signature")
}

pub(super) fn kind() -> Rejection {
    invalid("type")
}

pub(super) fn claim() -> Rejection {
    invalid("claim")
}

fn invalid(rule: &'static str) -> Rejection {
    Rejection::new("the token is not valid", rule)
}
