use agentgateway_core::{
    Error, ErrorKind,
    context::Principal,
    policy::{Decision, Policy},
};
use http::request;

use super::{
    ProtectedResource,
    scope::{Hierarchy, Scopes},
};
use crate::McpCall;

/// The policy that asks for scopes by what a call does, and tells the client which it lacks.
///
/// # Behaviour
/// A call needs the scopes of [all calls](Self::always), of each pattern that its method meets, and of
/// each that its tool meets. Who lacks one is answered with 403 and a challenge that names all that the
/// call needs, so that one step leads there; who is not known with 401 and the same scopes. What a
/// token grants is read of its claims `scope` and `scp`.
///
/// Lists are not filtered: what a client could do with one more scope it may see.
///
/// A pattern is a name in which `*` stands for any run of characters, case counts.
///
/// # Reads / Writes
/// Reads [`McpCall`] and [`Principal`]: it stands inside of [`McpLayer`](crate::McpLayer), behind the
/// [`ResourceServer`](super::ResourceServer). A request without a call needs the scopes of all calls.
///
/// # Source
/// RFC 6750, 3.1; MCP 2026-07-28, Authorization, Scope challenge handling.
///
/// # Example
/// ```
/// use agentgateway_mcp::policy::oauth::{ProtectedResource, RequiredScopes};
///
/// let resource = ProtectedResource::new("https://mcp.example.org/mcp", ["https://id.example.org"])?;
/// let scopes = RequiredScopes::new(resource)
///     .always(["mcp"])
///     .method("resources/*", ["files:read"])
///     .tool("delete_*", ["files:write"])
///     .implies("files:write", ["files:read"]);
/// # drop(scopes);
/// # Ok::<(), agentgateway_mcp::policy::oauth::InvalidResource>(())
/// ```
#[derive(Clone, Debug)]
pub struct RequiredScopes {
    resource: ProtectedResource,
    name: Box<str>,
    always: Scopes,
    methods: Vec<(Box<str>, Scopes)>,
    tools: Vec<(Box<str>, Scopes)>,
    hierarchy: Hierarchy,
}

impl RequiredScopes {
    /// Asks for nothing yet. The policy's name is `scopes`.
    #[must_use]
    pub fn new(resource: ProtectedResource) -> Self {
        Self {
            resource,
            name: "scopes".into(),
            always: Scopes::default(),
            methods: Vec::new(),
            tools: Vec::new(),
            hierarchy: Hierarchy::default(),
        }
    }

    /// Every request needs these. Default: none.
    #[must_use]
    pub fn always<T: Into<Box<str>>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.always.extend(&Scopes::new(scopes));
        self
    }

    /// Requests and notifications whose method meets this pattern need these too.
    #[must_use]
    pub fn method<T: Into<Box<str>>>(
        mut self,
        pattern: impl Into<Box<str>>,
        scopes: impl IntoIterator<Item = T>,
    ) -> Self {
        self.methods.push((pattern.into(), Scopes::new(scopes)));
        self
    }

    /// Calls of tools whose name meets this pattern need these too.
    #[must_use]
    pub fn tool<T: Into<Box<str>>>(
        mut self,
        pattern: impl Into<Box<str>>,
        scopes: impl IntoIterator<Item = T>,
    ) -> Self {
        self.tools.push((pattern.into(), Scopes::new(scopes)));
        self
    }

    /// Who has this scope has these too. Default: each scope stands for itself.
    #[must_use]
    pub fn implies<T: Into<Box<str>>>(
        mut self,
        scope: impl Into<Box<str>>,
        implied: impl IntoIterator<Item = T>,
    ) -> Self {
        self.hierarchy.add(scope.into(), &Scopes::new(implied));
        self
    }

    /// What errors and logs call the policy. Default: `scopes`.
    #[must_use]
    pub fn named(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// All scopes that a request needs.
    fn needed(&self, call: Option<&McpCall>) -> Scopes {
        let mut needed = self.always.clone();
        let mut add = |rules: &[(Box<str>, Scopes)], name: Option<&str>| {
            let Some(name) = name else {
                return;
            };
            for (pattern, scopes) in rules {
                if meets(pattern, name) {
                    needed.extend(scopes);
                }
            }
        };
        add(
            &self.methods,
            call.and_then(McpCall::method).map(|it| it.as_str()),
        );
        add(&self.tools, call.and_then(McpCall::tool));
        needed
    }

    fn unknown(&self, needed: &Scopes) -> Error {
        let error = Error::new(ErrorKind::Unauthenticated, "a credential is required");
        let error = error.with_decided_by(format!("{} missing", self.name));
        match self.resource.challenge_for(needed).to_value() {
            Some(value) => error.with_challenge(value),
            None => error,
        }
    }

    fn insufficient(&self, needed: &Scopes, lacks: &[&str]) -> Error {
        let words = format!("the token lacks the scope {}", lacks.join(" "));
        let challenge = self.resource.challenge_for(needed);
        let challenge = challenge
            .parameter("error", "insufficient_scope")
            .parameter("error_description", words.as_str());
        let error = Error::new(ErrorKind::Forbidden, words);
        let error = error.with_decided_by(format!("{} {}", self.name, lacks.join(" ")));
        match challenge.to_value() {
            Some(value) => error.with_challenge(value),
            None => error,
        }
    }
}

impl Policy for RequiredScopes {
    fn name(&self) -> &str {
        &self.name
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let needed = self.needed(head.extensions.get());
        if needed.is_empty() {
            return Decision::Pass;
        }
        let Some(principal) = head.extensions.get::<Principal>() else {
            return Decision::Refuse(self.unknown(&needed));
        };
        let granted = self.hierarchy.granted(principal);
        let has = |name: &&str| granted.iter().any(|own| own == *name);
        let lacks: Vec<_> = needed.iter().filter(|name| !has(name)).collect();
        if lacks.is_empty() {
            Decision::Pass
        } else {
            Decision::Refuse(self.insufficient(&needed, &lacks))
        }
    }
}

/// Whether a name meets a pattern. Linear: after a star the next part is taken where it first occurs.
fn meets(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(start) else {
        return false;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        match left.find(part) {
            Some(at) => left = left.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, name, expected) in [
            ("read", "read", true),
            ("read", "reads", false),
            ("*", "", true),
            ("read_*", "read_", true),
            ("read_*", "READ_a", false),
            ("*_all", "read_all", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*é*", "a-é", true),
            ("**", "x", true),
        ] {
            assert_eq!(meets(pattern, name), expected, "{pattern} {name}");
        }
    }
}
