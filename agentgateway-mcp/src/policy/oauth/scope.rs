use std::collections::BTreeMap;

use agentgateway_core::context::{AuthMethod, Principal};
use serde_json::Value;

/// What a server never asks for: whether a client gets refresh tokens is no matter of a resource.
///
/// # Source
/// MCP 2026-07-28, Authorization, Refresh tokens.
const OFFLINE: &str = "offline_access";

/// The claims that hold scopes: RFC 8693, 4.2 (a text), and what products write (a list, or a text).
const CLAIMS: [&str; 2] = ["scope", "scp"];

/// Scopes, in the order in which they were named, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scopes(Vec<Box<str>>);

impl Scopes {
    /// Takes scopes; what can be none is left out (RFC 6749, 3.3), and [`OFFLINE`].
    pub(super) fn new<T: Into<Box<str>>>(names: impl IntoIterator<Item = T>) -> Self {
        let mut found = Self::default();
        for name in names {
            let name = name.into();
            if is_scope(&name) && *name != *OFFLINE {
                found.add(&name);
            }
        }
        found
    }

    pub(super) fn extend(&mut self, other: &Self) {
        for name in &other.0 {
            self.add(name);
        }
    }

    fn add(&mut self, name: &str) {
        if !self.0.iter().any(|own| **own == *name) {
            self.0.push(name.into());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// As a challenge and a token name them: one after another.
    pub(super) fn to_text(&self) -> String {
        self.0.join(" ")
    }
}

/// RFC 6749, 3.3: visible ASCII but `"` and `\`.
fn is_scope(name: &str) -> bool {
    let is_part = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !name.is_empty() && name.bytes().all(is_part)
}

/// Which scopes stand for others too.
#[derive(Clone, Debug, Default)]
pub(super) struct Hierarchy(BTreeMap<Box<str>, Scopes>);

impl Hierarchy {
    pub(super) fn add(&mut self, scope: Box<str>, implied: &Scopes) {
        self.0.entry(scope).or_default().extend(implied);
    }

    /// All that a caller has: what its token names, and what follows from that.
    pub(super) fn granted(&self, principal: &Principal) -> Scopes {
        let principal = principal.by(AuthMethod::Jwt).unwrap_or(principal);
        let mut found = Scopes::default();
        for claim in CLAIMS {
            named(principal.claims().get(claim), &mut found);
        }
        if self.0.is_empty() {
            return found;
        }
        // Each is looked at once, also where two imply each other.
        let mut at = 0;
        while let Some(name) = found.0.get(at).cloned() {
            if let Some(implied) = self.0.get(&name) {
                found.extend(implied);
            }
            at += 1;
        }
        found
    }
}

fn named(claim: Option<&Value>, found: &mut Scopes) {
    let texts: &mut dyn Iterator<Item = &str> = match claim {
        Some(Value::String(text)) => &mut text.split(' '),
        Some(Value::Array(several)) => &mut several.iter().filter_map(Value::as_str),
        _ => return,
    };
    for name in texts.filter(|name| is_scope(name)) {
        found.0.push(name.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn granted(claims: &Value, hierarchy: &Hierarchy) -> String {
        let caller = Principal::new(AuthMethod::Jwt, "alice");
        let caller = caller.with_claims(claims.as_object().unwrap().clone());
        hierarchy.granted(&caller).to_text()
    }

    #[test]
    fn reads_both_claims_in_both_forms() {
        for (claims, expected) in [
            (json!({"scope": "a b  c"}), "a b c"),
            (json!({"scp": ["a", 7, "b\"", "c"]}), "a c"),
            (json!({"scp": "a b", "scope": ["c"]}), "c a b"),
            (json!({"scope": {"a": true}}), ""),
            (json!({}), ""),
        ] {
            assert_eq!(
                granted(&claims, &Hierarchy::default()),
                expected,
                "{claims}"
            );
        }
    }

    #[test]
    fn a_scope_stands_for_those_below_it() {
        let mut tree = Hierarchy::default();
        tree.add("admin".into(), &Scopes::new(["write"]));
        tree.add("write".into(), &Scopes::new(["read", "admin"]));
        assert_eq!(
            granted(&json!({"scope": "admin"}), &tree),
            "admin write read"
        );
        assert_eq!(granted(&json!({"scope": "read"}), &tree), "read");
    }

    #[test]
    fn what_is_no_scope_and_offline_access_are_left_out() {
        let scopes = Scopes::new(["a", "", "offline_access", "b c", "d\"", "a", "é"]);
        assert_eq!(scopes.to_text(), "a");
    }
}
