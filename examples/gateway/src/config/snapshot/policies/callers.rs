use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    auth::{Mode, jwt::KeySet},
    authz::Effect,
};
use agentgateway_mcp::policy::oauth::ProtectedResource;
use http::HeaderName;

use crate::config::snapshot::{Endpoints, Secret};
use crate::expression::Expression;

/// Callers known by tokens.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct JwtCallers {
    /// Who must be known.
    pub mode: Mode,
    /// Where the token stands; `None` for `Authorization: Bearer`.
    pub place: Option<Place>,
    /// Who may have signed it.
    pub issuers: Vec<Issuer>,
}

/// Callers of servers of MCP, known by tokens that are meant for these.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct McpCallers {
    /// Who must be known.
    pub mode: Mode,
    /// Who may have signed it.
    pub issuer: Issuer,
    /// What tokens are for, and where clients get them.
    pub resource: ProtectedResource,
}

/// Who signs tokens.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Issuer {
    /// The claim `iss`.
    pub name: String,
    /// Whom tokens may be for; empty for anybody.
    pub audiences: Vec<String>,
    /// The keys.
    pub keys: Keys,
}

/// The keys of an issuer.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "given, or fetched")]
pub enum Keys {
    /// Given in the manifest: the text, and what it holds.
    Inline(Arc<str>, KeySet),
    /// Fetched from a server.
    Remote {
        /// The server.
        at: Endpoints,
        /// By TLS.
        tls: bool,
        /// The path of the key set.
        path: String,
        /// How long they are taken for fresh.
        fresh_for: Duration,
    },
}

/// Key sets are equal when their texts are.
impl PartialEq for Keys {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inline(one, _), Self::Inline(other, _)) => one == other,
            (
                Self::Remote {
                    at,
                    tls,
                    path,
                    fresh_for,
                },
                Self::Remote {
                    at: other_at,
                    tls: other_tls,
                    path: other_path,
                    fresh_for: other_fresh,
                },
            ) => (at, tls, path, fresh_for) == (other_at, other_tls, other_path, other_fresh),
            _ => false,
        }
    }
}

/// Callers known by name and password.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct BasicCallers {
    /// Who must be known.
    pub mode: Mode,
    /// Where the password stands; `None` for `Authorization: Basic`.
    pub place: Option<Place>,
    /// What clients are told that the password is for.
    pub realm: Option<String>,
    /// The lines of htpasswd.
    pub users: Secret,
}

/// Callers known by key.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct ApiKeyCallers {
    /// Who must be known.
    pub mode: Mode,
    /// Where the key stands; `None` for `Authorization: Bearer`.
    pub place: Option<Place>,
    /// The keys, by whose they are.
    pub keys: Vec<ApiKeyEntry>,
}

/// One key.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct ApiKeyEntry {
    /// Whose it is.
    pub name: String,
    /// The key, or `sha256:` and its digest.
    pub key: Secret,
    /// What is known of its owner.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// Where a credential stands.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the choices of the resource")]
pub enum Place {
    /// A header, behind a prefix.
    Header(HeaderName, String),
    /// A parameter of the query.
    Query(String),
    /// A cookie.
    Cookie(String),
    /// Wherever this finds it.
    Expression(Expression),
}

/// One rule of access.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct AccessRule {
    /// What it does when all its conditions hold.
    pub effect: Effect,
    /// The conditions.
    pub conditions: Vec<Expression>,
}

impl AccessRule {
    pub(super) fn line(&self, name: &str) -> String {
        let texts: Vec<_> = self.conditions.iter().map(Expression::text).collect();
        format!("{name}: {} if {}", self.effect.as_str(), texts.join(" && "))
    }
}
