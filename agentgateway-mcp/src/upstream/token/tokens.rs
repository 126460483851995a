use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use agentgateway_core::{
    Error, ErrorKind,
    context::{AuthMethod, Credential, Principal},
};
use futures_util::FutureExt;
use http::Extensions;
use ring::digest::{SHA256, digest};
use tokio::time::Instant;

use super::{
    TokenEndpoint,
    cache::{Cache, Flight, Flying, Found, Owner, Token},
    form::Form,
};

const CLIENT_CREDENTIALS: &str = "client_credentials";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The tokens for one server: got when they are needed, and kept. Clones share them.
///
/// See the [module](super) for what it does.
///
/// # Cancel safety
/// A question goes on while one of those waits who need its answer. One that nobody waits for is given
/// up.
#[derive(Clone)]
pub struct UpstreamTokens {
    endpoint: TokenEndpoint,
    grant: Grant,
    /// What is asked for, whoever calls.
    parameters: Vec<(Box<str>, Box<str>)>,
    scopes: Vec<Box<str>>,
    leeway: Duration,
    cache: Arc<Mutex<Cache>>,
}

/// What is shown to the authorization server for a token.
#[derive(Clone, Debug)]
enum Grant {
    /// Who the gateway is.
    ClientCredentials,
    /// The caller's token, of this kind, for one of that.
    Exchange { of: Box<str>, wanted: Box<str> },
    /// The caller's token, which the server trusts as an assertion.
    Assertion,
}

impl Grant {
    /// Whether it is made in a caller's name.
    const fn is_of_caller(&self) -> bool {
        !matches!(self, Self::ClientCredentials)
    }
}

/// What is there for a request.
pub(super) enum Look {
    Found(Owner, Token),
    Wait(Owner, Waiting),
    Failed(Error),
}

pub(super) type Waiting = Pin<Box<dyn Future<Output = Result<Token, Error>> + Send>>;

impl UpstreamTokens {
    /// Tokens of the gateway's own (RFC 6749, 4.4): one for all callers, since nothing of a caller is
    /// asked for with it.
    #[must_use]
    pub fn client_credentials(endpoint: TokenEndpoint) -> Self {
        Self::new(endpoint, Grant::ClientCredentials)
    }

    /// Tokens in the callers' names (RFC 8693): what a caller was authenticated by, if it is a token, is
    /// exchanged for one.
    #[must_use]
    pub fn exchange(endpoint: TokenEndpoint) -> Self {
        let (of, wanted) = (ACCESS_TOKEN.into(), ACCESS_TOKEN.into());
        Self::new(endpoint, Grant::Exchange { of, wanted })
    }

    /// Tokens in the callers' names, for which theirs are shown as assertions (RFC 7523, 2.1): what a caller was
    /// authenticated by must be a JWT of an issuer that the authorization server trusts.
    #[must_use]
    pub fn assertion(endpoint: TokenEndpoint) -> Self {
        Self::new(endpoint, Grant::Assertion)
    }

    fn new(endpoint: TokenEndpoint, grant: Grant) -> Self {
        Self {
            endpoint,
            grant,
            parameters: Vec::new(),
            scopes: Vec::new(),
            leeway: Duration::from_secs(30),
            cache: Arc::new(Mutex::new(Cache::new(1024))),
        }
    }

    /// As what a caller's token is shown in an [exchange](Self::exchange): the URI of its kind (RFC 8693, 3). Default:
    /// an access token. Without an exchange it says nothing.
    #[must_use]
    pub fn subject_type(mut self, uri: &str) -> Self {
        if let Grant::Exchange { of, .. } = &mut self.grant {
            *of = uri.into();
        }
        self
    }

    /// Which kind of token is asked for in an [exchange](Self::exchange): its URI (RFC 8693, 3). Default: an access
    /// token. Without an exchange it says nothing.
    #[must_use]
    pub fn requested_type(mut self, uri: &str) -> Self {
        if let Grant::Exchange { wanted, .. } = &mut self.grant {
            *wanted = uri.into();
        }
        self
    }

    /// The server that the token is for, by its URL (RFC 8707). MCP wants it to be said. Default: nothing
    /// is said. More than one can be named.
    #[must_use]
    pub fn resource(self, url: &str) -> Self {
        self.parameter("resource", url)
    }

    /// The server that the token is for, by the name that the authorization server knows (RFC 8693, 2.1).
    /// Default: nothing is said. More than one can be named.
    #[must_use]
    pub fn audience(self, name: &str) -> Self {
        self.parameter("audience", name)
    }

    /// The scopes that are asked for. Default: those that the authorization server gives by itself.
    #[must_use]
    pub fn scopes<T: Into<Box<str>>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// One more parameter of the question. Default: none.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// How long before its end a token is no longer used. Default: 30 s. A token that lives no longer
    /// than this is not kept.
    #[must_use]
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How many tokens are kept. Default: 1,024. Then that goes which was used the longest ago; where all
    /// are only on their way, a call fails as `Overloaded`.
    #[must_use]
    pub fn max_tokens(self, limit: usize) -> Self {
        self.cache().set_max(limit.max(1));
        self
    }

    /// The token for a request, or who waits for it.
    pub(super) fn look(&self, extensions: &Extensions) -> Look {
        let (owner, subject) = match self.owner(extensions) {
            Ok(found) => found,
            Err(error) => return Look::Failed(error),
        };
        let mut cache = self.cache();
        let found = cache.look(&owner, Instant::now());
        if let Found::Nothing = found {
            let number = cache.next();
            let flight = self.take_off(owner.clone(), number, subject.as_deref());
            cache.took_off(owner.clone(), number, &flight);
            return Look::Wait(owner, self.wait(flight));
        }
        drop(cache);
        match found {
            Found::Token(token) => Look::Found(owner, token),
            Found::Flight(flight) => Look::Wait(owner, self.wait(flight)),
            Found::Failed(failure) => Look::Failed(failure.error(self.grant.is_of_caller())),
            Found::Nothing | Found::Full => {
                let words = "too many callers wait for tokens for the server";
                Look::Failed(Error::new(ErrorKind::Overloaded, words).with_unprocessed())
            }
        }
    }

    /// Forgets a token that the server does not take.
    pub(super) fn forget(&self, owner: &Owner, token: &Token) {
        self.cache().forget(owner, token);
    }

    /// Whom the token is for, and what is exchanged for it.
    fn owner(&self, extensions: &Extensions) -> Result<(Owner, Option<Box<str>>), Error> {
        if !self.grant.is_of_caller() {
            return Ok((Owner::Gateway, None));
        }
        let principal = extensions.get::<Principal>();
        let credential = extensions.get().and_then(exchangeable);
        let (Some(principal), Some(credential)) = (principal, credential) else {
            let words = "the server is called in its callers' names: a token is required";
            return Err(Error::new(ErrorKind::Unauthenticated, words));
        };
        let principal = principal.by(credential.method()).unwrap_or(principal);
        let text = credential.expose();
        let mut sum = [0; 32];
        sum.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
        let owner = Owner::Caller {
            issuer: principal.issuer().unwrap_or_default().into(),
            name: principal.name().into(),
            digest: sum,
        };
        Ok((owner, Some(text.into())))
    }

    /// Asks for a token, once somebody waits for it.
    fn take_off(&self, owner: Owner, number: u64, subject: Option<&str>) -> Flight {
        let (endpoint, form) = (self.endpoint.clone(), self.form(subject));
        let (leeway, shared) = (self.leeway, Arc::downgrade(&self.cache));
        let flying = async move {
            let asked = Instant::now();
            let granted = endpoint.ask(form).await;
            let result = granted.map(|granted| {
                let end = asked + granted.good_for.saturating_sub(leeway);
                (Token::new(granted.value), end)
            });
            if let Err(failure) = &result {
                tracing::warn!(?endpoint, %failure, "no token for a server");
            }
            if let Some(cache) = shared.upgrade() {
                locked(&cache).landed(&owner, number, result.clone(), Instant::now());
            }
            result.map(|(token, _)| token)
        };
        (Box::pin(flying) as Flying).shared()
    }

    fn wait(&self, flight: Flight) -> Waiting {
        let of_caller = self.grant.is_of_caller();
        Box::pin(flight.map(move |landed| landed.map_err(|failure| failure.error(of_caller))))
    }

    fn form(&self, subject: Option<&str>) -> Form {
        let mut form = Form::default();
        match (&self.grant, subject.unwrap_or_default()) {
            (Grant::ClientCredentials, _) => form.push("grant_type", CLIENT_CREDENTIALS),
            (Grant::Exchange { of, wanted }, subject) => {
                form.push("grant_type", EXCHANGE);
                form.push("subject_token", subject);
                form.push("subject_token_type", of);
                form.push("requested_token_type", wanted);
            }
            (Grant::Assertion, subject) => {
                form.push("grant_type", ASSERTION);
                form.push("assertion", subject);
            }
        }
        for (name, value) in &self.parameters {
            form.push(name, value);
        }
        if !self.scopes.is_empty() {
            form.push("scope", &self.scopes.join(" "));
        }
        form
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        locked(&self.cache)
    }
}

/// What may be shown to an authorization server: a token, never a key or a password.
fn exchangeable(credential: &Credential) -> Option<&Credential> {
    let token = credential.by(AuthMethod::Jwt);
    let is_own = matches!(
        credential.method(),
        AuthMethod::Custom(_) | AuthMethod::External
    );
    token.or_else(|| is_own.then_some(credential))
}

fn locked(cache: &Mutex<Cache>) -> MutexGuard<'_, Cache> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for UpstreamTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamTokens")
            .field("endpoint", &self.endpoint)
            .field("grant", &self.grant)
            .field("scopes", &self.scopes)
            .field("leeway", &self.leeway)
            .field("kept", &self.cache().len())
            .finish_non_exhaustive()
    }
}
