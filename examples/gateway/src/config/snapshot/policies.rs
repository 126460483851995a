//! What is decided about the requests of a rule, by the policies attached to it.

use std::sync::Arc;
use std::time::Duration;

use agentgateway_core::auth::{Mode, jwt::KeySet};
use agentgateway_core::authz::Effect;

use super::{Endpoints, Secret};
use crate::expression::Expression;

/// What is decided about requests, each part with the policy that it is from.
///
/// Those of callers come first, before a body is read; what may ask about the call comes behind.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Policies {
    /// Who calls, by token.
    pub jwt: Option<Arc<Part<JwtCallers>>>,
    /// Who calls, by name and password.
    pub basic: Option<Arc<Part<BasicCallers>>>,
    /// Who calls, by key.
    pub api_key: Option<Arc<Part<ApiKeyCallers>>>,
    /// Who may do what. Rules of all levels hold together.
    pub authorization: Vec<Arc<Part<AccessRule>>>,
}

impl Policies {
    /// Whether nothing is decided.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Fills in what these leave open from others that they beat; rules of access are added.
    pub(crate) fn over(&mut self, under: &Self) {
        fn or<T>(mine: &mut Option<Arc<T>>, other: &Option<Arc<T>>) {
            if mine.is_none() {
                mine.clone_from(other);
            }
        }
        or(&mut self.jwt, &under.jwt);
        or(&mut self.basic, &under.basic);
        or(&mut self.api_key, &under.api_key);
        for rule in &under.authorization {
            if !self.authorization.contains(rule) {
                self.authorization.push(Arc::clone(rule));
            }
        }
    }

    /// One line for each part, in the order in which they decide.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(
            self.jwt
                .as_ref()
                .map(|part| line(&part.name, part.spec.mode)),
        );
        lines.extend(
            self.basic
                .as_ref()
                .map(|part| line(&part.name, part.spec.mode)),
        );
        lines.extend(
            self.api_key
                .as_ref()
                .map(|part| line(&part.name, part.spec.mode)),
        );
        for effect in [Effect::Deny, Effect::Require, Effect::Allow] {
            let rules = self.authorization.iter();
            let rules = rules.filter(|rule| rule.spec.effect == effect);
            lines.extend(rules.map(|rule| rule.spec.line(&rule.name)));
        }
        lines
    }
}

/// A part of a policy.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a name and what it names")]
pub struct Part<T> {
    /// What logs, spans and `explain` call it: `namespace/name` of the policy and the field.
    pub name: Arc<str>,
    /// What it asks for.
    pub spec: T,
}

/// How callers are taken whom a part of this name knows, or not.
fn line(name: &str, mode: Mode) -> String {
    let mode = match mode {
        Mode::Strict => "refuses who is not known",
        Mode::Optional => "refuses a wrong credential; without one a request passes",
        _ => "finds out who calls, and refuses nobody",
    };
    format!("{name}: {mode}")
}

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
    Header(http::HeaderName, String),
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
    fn line(&self, name: &str) -> String {
        let texts: Vec<_> = self.conditions.iter().map(Expression::text).collect();
        format!("{name}: {} if {}", self.effect.as_str(), texts.join(" && "))
    }
}
