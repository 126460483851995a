use std::sync::Arc;

use agentgateway_core::auth::{
    Challenge,
    jwt::{Issuer, Keys},
};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{
    scope::Scopes,
    uri::{InvalidResource, Url},
};

/// Where metadata stand: before the path of the resource, and at the root.
///
/// # Source
/// RFC 9728, 3; MCP 2026-07-28, Authorization server discovery.
pub(super) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Members that have a method of their own, or that are what this server does.
const OWN: [&str; 8] = [
    "resource",
    "authorization_servers",
    "scopes_supported",
    "bearer_methods_supported",
    "resource_name",
    "resource_documentation",
    "resource_policy_uri",
    "resource_tos_uri",
];

/// An MCP server as OAuth knows it: what clients ask tokens for, and where they get them.
///
/// A clone costs a reference count.
///
/// # Source
/// RFC 9728, 2 (metadata); RFC 8707, 2 (the name that tokens are meant for).
///
/// # Example
/// ```
/// use agentgateway_mcp::policy::oauth::ProtectedResource;
///
/// let resource = ProtectedResource::new("https://mcp.example.org/team", ["https://id.example.org"])?
///     .scopes(["mcp"])
///     .documentation("https://docs.example.org/mcp")?;
/// assert_eq!(
///     resource.metadata_url(),
///     "https://mcp.example.org/.well-known/oauth-protected-resource/team"
/// );
/// assert!(ProtectedResource::new("https://mcp.example.org/#team", ["https://id.example.org"]).is_err());
/// # Ok::<(), agentgateway_mcp::policy::oauth::InvalidResource>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ProtectedResource(Arc<Inner>);

#[derive(Clone, Debug, PartialEq)]
struct Inner {
    url: Url,
    metadata_url: Box<str>,
    audiences: Vec<Box<str>>,
    scopes: Scopes,
    /// The metadata, as they are served.
    members: Map<String, Value>,
}

impl ProtectedResource {
    /// The resource of this URL, for which these servers, one at least, issue tokens: each by its
    /// issuer, letter by letter.
    ///
    /// The URL is the one by which clients reach it, such as `https://mcp.example.org/mcp`: they
    /// compare it with theirs.
    ///
    /// # Errors
    /// [`InvalidResource`] for what is no absolute URL of `https` or `http`, has a user or a fragment,
    /// is longer than 2,048 bytes, or has characters that such a URL needs not (quotes, brackets, `$`);
    /// for a resource with a query; and without a server.
    pub fn new<T: AsRef<str>>(
        url: &str,
        servers: impl IntoIterator<Item = T>,
    ) -> Result<Self, InvalidResource> {
        let resource = Url::parse("resource", url)?;
        if resource.has_query() {
            return Err(InvalidResource::new("resource", "has a query"));
        }
        let mut issuers = Vec::new();
        for server in servers {
            let server = Url::parse("authorization_servers", server.as_ref())?;
            issuers.push(server.as_str().to_owned());
        }
        if issuers.is_empty() {
            return Err(InvalidResource::new("authorization_servers", "names none"));
        }
        let mut members = Map::new();
        members.insert("resource".to_owned(), url.into());
        members.insert("authorization_servers".to_owned(), issuers.into());
        members.insert("bearer_methods_supported".to_owned(), json!(["header"]));
        Ok(Self(Arc::new(Inner {
            metadata_url: format!("{}{WELL_KNOWN}{}", resource.origin(), resource.path()).into(),
            audiences: spellings(&resource),
            url: resource,
            scopes: Scopes::default(),
            members,
        })))
    }

    /// The scopes that a client needs to begin with. They are in the metadata, and in the challenge of
    /// who has no token. Default: none. `offline_access` is left out, which no resource asks for, and
    /// what can be no scope.
    #[must_use]
    pub fn scopes<T: Into<Box<str>>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        let scopes = Scopes::new(scopes);
        let names: Vec<_> = scopes.iter().collect();
        let (member, value) = ("scopes_supported".to_owned(), json!(names));
        let own = self.change();
        if names.is_empty() {
            own.members.remove(&member);
        } else {
            own.members.insert(member, value);
        }
        own.scopes = scopes;
        self
    }

    /// Names by which tokens may mean this resource beside its URL, such as `api://mcp`: for servers
    /// that do not know RFC 8707. Default: none.
    ///
    /// Whoever holds a token for such a name can show it here in its bearer's name.
    #[must_use]
    pub fn audiences<T: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        let own = self.change();
        own.audiences = spellings(&own.url);
        own.audiences.extend(names.into_iter().map(Into::into));
        self
    }

    /// What people call it (`resource_name`). Default: nothing.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        let name = Value::String(name.into());
        self.change()
            .members
            .insert("resource_name".to_owned(), name);
        self
    }

    /// Where developers read about it (`resource_documentation`). Default: nothing.
    ///
    /// # Errors
    /// As [`new`](Self::new), for a URL.
    pub fn documentation(self, url: &str) -> Result<Self, InvalidResource> {
        self.linked("resource_documentation", url)
    }

    /// What may be done with its data (`resource_policy_uri`). Default: nothing.
    ///
    /// # Errors
    /// As [`new`](Self::new), for a URL.
    pub fn policy(self, url: &str) -> Result<Self, InvalidResource> {
        self.linked("resource_policy_uri", url)
    }

    /// Its terms of service (`resource_tos_uri`). Default: nothing.
    ///
    /// # Errors
    /// As [`new`](Self::new), for a URL.
    pub fn terms(self, url: &str) -> Result<Self, InvalidResource> {
        self.linked("resource_tos_uri", url)
    }

    /// One more member of the metadata, as it stands. Default: none.
    ///
    /// # Errors
    /// [`InvalidResource`] for a member that has a method of its own, and for
    /// `bearer_methods_supported`: a token is taken from the header alone.
    pub fn member(mut self, name: &str, value: Value) -> Result<Self, InvalidResource> {
        if OWN.contains(&name) {
            return Err(InvalidResource::new(name, "is no member to be added"));
        }
        self.change().members.insert(name.to_owned(), value);
        Ok(self)
    }

    fn linked(mut self, member: &str, url: &str) -> Result<Self, InvalidResource> {
        let url = Url::parse(member, url)?;
        let value = url.as_str().into();
        self.change().members.insert(member.to_owned(), value);
        Ok(self)
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> &str {
        self.0.url.as_str()
    }

    /// Where its metadata are, for clients.
    #[must_use]
    pub fn metadata_url(&self) -> &str {
        &self.0.metadata_url
    }

    /// The paths at which the metadata are served: that of [`metadata_url`](Self::metadata_url), and
    /// the one at the root, which is the same for a resource without a path.
    pub fn metadata_paths(&self) -> impl Iterator<Item = String> + use<> {
        let path = self.0.url.path();
        let own = (!path.is_empty()).then(|| format!("{WELL_KNOWN}{path}"));
        own.into_iter().chain([WELL_KNOWN.to_owned()])
    }

    /// The metadata, a JSON object.
    #[must_use]
    pub fn metadata(&self) -> Bytes {
        serde_json::to_vec(&self.0.members).map_or_else(|_| Bytes::new(), Bytes::from)
    }

    /// An issuer of tokens for this resource alone.
    #[must_use]
    pub fn issuer(&self, name: impl Into<Box<str>>, keys: impl Into<Keys>) -> Issuer {
        self.bound(Issuer::new(name, keys))
    }

    /// The same issuer, of whose tokens those are good that are meant for this resource.
    pub(super) fn bound(&self, issuer: Issuer) -> Issuer {
        issuer.audiences(self.0.audiences.iter().cloned())
    }

    /// What a client is told that has no token, or one that is not valid: where the metadata are, and
    /// the scopes that it needs to begin with.
    ///
    /// # Source
    /// RFC 9728, 5.1; MCP 2026-07-28, Authorization, Scope selection strategy.
    #[must_use]
    pub fn challenge(&self) -> Challenge {
        self.challenge_for(&self.0.scopes)
    }

    pub(super) fn challenge_for(&self, scopes: &Scopes) -> Challenge {
        let challenge =
            Challenge::new("Bearer").parameter("resource_metadata", self.metadata_url());
        if scopes.is_empty() {
            challenge
        } else {
            challenge.parameter("scope", scopes.to_text())
        }
    }

    pub(super) fn has_path(&self, path: &str) -> bool {
        let Some(below) = path.strip_prefix(WELL_KNOWN) else {
            return false;
        };
        let same = |one: &str, other: &str| {
            one.strip_suffix('/').unwrap_or(one) == other.strip_suffix('/').unwrap_or(other)
        };
        same(below, "") || same(below, self.0.url.path())
    }
}

/// A resource without a path is named with the slash or without it (RFC 3986, 6.2.3).
fn spellings(url: &Url) -> Vec<Box<str>> {
    if url.path().is_empty() {
        let bare = url.origin();
        vec![bare.into(), format!("{bare}/").into()]
    } else {
        vec![url.as_str().into()]
    }
}
