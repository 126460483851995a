//! Tokens that callers' own are exchanged for, and those of the gateway's own.

use std::time::Duration;

use super::{Asked, Secret};

/// How a caller's token, or none, becomes one for a backend.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct TokenExchange {
    /// Whose token endpoint is asked.
    pub service: Asked,
    /// The path of it.
    pub path: String,
    /// What the caller's token is shown as.
    pub grant: Grant,
    /// As whom the gateway asks. Default: as nobody.
    pub client: Option<ExchangeClient>,
    /// For which servers, by their URLs.
    pub resources: Vec<String>,
    /// For which servers, by the names that the authorization server knows.
    pub audiences: Vec<String>,
    /// What the token is to allow.
    pub scopes: Vec<String>,
    /// How many are kept; 0 for none. Default: as usual.
    pub max_tokens: Option<usize>,
    /// How long one is good for where the server does not say it. Default: as usual.
    pub default_lifetime: Option<Duration>,
}

/// What a caller's token is shown as.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the grants that are asked for")]
pub enum Grant {
    /// As a token of this kind, for one of that (RFC 8693), by their URIs; `None` for access tokens.
    Exchange {
        /// The kind of the caller's.
        subject: Option<String>,
        /// The kind that is asked for.
        requested: Option<String>,
    },
    /// As an assertion (RFC 7523).
    Assertion,
    /// Not at all: the token is the gateway's own (RFC 6749, 4.4).
    ClientCredentials,
}

/// As whom a token is asked for.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct ExchangeClient {
    /// The client.
    pub id: String,
    /// Its secret, if it has one.
    pub secret: Option<Secret>,
    /// Whether the secret stands in the form. Default: in the header.
    pub in_form: bool,
}
