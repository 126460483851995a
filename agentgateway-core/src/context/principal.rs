use std::{fmt, sync::Arc};

use http::Extensions;
use serde_json::{Map, Value};

/// Who calls, as an authentication has found out.
///
/// Written by the authentication layers; read by authorization, limits, logs. A clone costs a
/// reference count. `Debug` shows name, issuer and method, never the claims.
///
/// # Example
/// ```
/// use agentgateway_core::context::{AuthMethod, Principal};
///
/// let mut extensions = http::Extensions::new();
/// Principal::new(AuthMethod::ClientCertificate, "spiffe://example.org/planner").insert(&mut extensions);
/// Principal::new(AuthMethod::Jwt, "alice").with_issuer("https://id.example.org").insert(&mut extensions);
///
/// let caller = extensions.get::<Principal>().unwrap();
/// assert_eq!(caller.name(), "alice");
/// let workload = caller.by(AuthMethod::ClientCertificate).unwrap();
/// assert_eq!(workload.name(), "spiffe://example.org/planner");
/// ```
#[derive(Clone)]
pub struct Principal(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    method: AuthMethod,
    name: Box<str>,
    issuer: Option<Box<str>>,
    claims: Map<String, Value>,
    before: Option<Principal>,
}

/// How a caller was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthMethod {
    /// A signed token (RFC 7519).
    Jwt,
    /// A key that the gateway knows.
    ApiKey,
    /// Name and password (RFC 7617).
    Basic,
    /// The certificate of the connection.
    ClientCertificate,
    /// Another service's word.
    External,
    /// An application's own way, of this short stable name.
    Custom(&'static str),
}

impl AuthMethod {
    /// A short stable name, for spans and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::ApiKey => "api_key",
            Self::Basic => "basic",
            Self::ClientCertificate => "client_certificate",
            Self::External => "external",
            Self::Custom(name) => name,
        }
    }
}

impl Principal {
    /// A caller of this name: a token's subject, a key's or a user's name, a certificate's identity.
    pub fn new(method: AuthMethod, name: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner {
            method,
            name: name.into(),
            issuer: None,
            claims: Map::new(),
            before: None,
        }))
    }

    /// Says who vouches for the name. Default: nobody, the gateway knows it itself.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<Box<str>>) -> Self {
        self.change().issuer = Some(issuer.into());
        self
    }

    /// Says what else is known: the claims of a token, the metadata of a key. Default: nothing.
    #[must_use]
    pub fn with_claims(mut self, claims: Map<String, Value>) -> Self {
        self.change().claims = claims;
        self
    }

    /// Writes itself into a request's extensions. Who was found out there before by other methods can
    /// still be asked for with [`by`](Self::by).
    pub fn insert(mut self, extensions: &mut Extensions) {
        let before = extensions.remove::<Self>();
        // One that is shared, such as a key's, is copied only where there is something to add.
        if before.is_some() || self.0.before.is_some() {
            self.change().before = before;
        }
        extensions.insert(self);
    }

    /// The name, unique among those of its method and issuer.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// How it was found out.
    #[must_use]
    pub fn method(&self) -> AuthMethod {
        self.0.method
    }

    /// Who vouches for the name.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.0.issuer.as_deref()
    }

    /// What else is known of the caller.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0.claims
    }

    /// What this method found out of the same request.
    #[must_use]
    pub fn by(&self, method: AuthMethod) -> Option<&Self> {
        let mut found = Some(self);
        while let Some(principal) = found {
            if principal.0.method == method {
                break;
            }
            found = principal.0.before.as_ref();
        }
        found
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("method", &self.0.method)
            .field("name", &self.0.name)
            .field("issuer", &self.0.issuer)
            .finish_non_exhaustive()
    }
}
