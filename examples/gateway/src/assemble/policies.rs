//! From what a rule's policies ask for to what decides about its requests.

use std::{
    convert::Infallible,
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use agentgateway_core::{
    Body,
    auth::{
        ApiKey, ApiKeys, Authentication, Location,
        basic::{Basic, Htpasswd},
        jwt::{Issuer, Jwt, RemoteKeys},
    },
    authz::{Authorization, Rule},
    policy::{Policy, PolicyLayer},
    rescue::{Dialect, RescueLayer},
};
use http::{Request, Response};
use tower::{ServiceBuilder, service_fn};

use super::{Parts, Stack, backend, plain::Plain};
use crate::config::snapshot::{
    AccessRule, ApiKeyCallers, BasicCallers, JwtCallers, Keys, Part, Place, Policies,
};
use crate::expression::{Expression, Facts, Scalar};

/// The policies of a rule, mounted before and within the layer of its protocol.
#[derive(Clone, Debug, Default)]
pub(super) struct Mounted {
    /// What needs no call: it decides before a body is read.
    before: Vec<Named>,
    /// What may ask about the call.
    within: Vec<Named>,
}

type Deciding = Arc<dyn Policy>;

#[derive(Clone)]
struct Named(Deciding);

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Mounted {
    /// What is asked for.
    ///
    /// # Errors
    /// Why a part cannot be used, for the operator.
    pub(super) fn new(parts: &Parts, asked: &Policies) -> Result<Self, String> {
        let made = &parts.policies;
        let mut found = Self::default();
        if let Some(callers) = &asked.jwt {
            found
                .before
                .push(Named(made.jwt.of(callers, || jwt(parts, callers))?));
        }
        if let Some(callers) = &asked.basic {
            found
                .before
                .push(Named(made.basic.of(callers, || basic(callers))?));
        }
        if let Some(callers) = &asked.api_key {
            found
                .before
                .push(Named(made.api_key.of(callers, || api_key(callers))?));
        }
        if !asked.authorization.is_empty() {
            let rules = asked.authorization.iter().map(|rule| access(rule));
            found
                .within
                .push(Named(Arc::new(Authorization::new(rules))));
        }
        Ok(found)
    }

    /// All of them, where no protocol layer stands.
    pub(super) fn all(&self) -> PolicyLayer {
        let all = self.before.iter().chain(&self.within);
        PolicyLayer::all(all.map(|named| Arc::clone(&named.0)))
    }

    /// Those within the layer of the protocol.
    pub(super) fn within(&self) -> PolicyLayer {
        PolicyLayer::all(self.within.iter().map(|named| Arc::clone(&named.0)))
    }

    /// Mounts those before it around a stack; refusals are said by `rescue`.
    pub(super) fn around<D>(&self, rescue: RescueLayer<D>, stack: Stack) -> Stack
    where
        D: Dialect,
    {
        if self.before.is_empty() {
            return stack;
        }
        let before = PolicyLayer::all(self.before.iter().map(|named| Arc::clone(&named.0)));
        let inner = service_fn(move |request: Request<Body>| {
            let answering = stack.answer(request);
            async move { Ok::<_, Infallible>(answering.await) }
        });
        Stack::new(
            ServiceBuilder::new()
                .layer(rescue)
                .layer(before)
                .service(inner),
        )
    }
}

/// Says in an answer's extensions that a request may pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed;

impl Mounted {
    /// Those alone, before what is no service; `None` where there are none.
    pub(super) fn alone(&self) -> Option<Stack> {
        if self.before.is_empty() && self.within.is_empty() {
            return None;
        }
        let passed = service_fn(|_: Request<Body>| async {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(Passed);
            Ok::<_, Infallible>(response)
        });
        Some(Stack::untold(
            ServiceBuilder::new()
                .layer(RescueLayer::new(Plain, ()))
                .layer(self.all())
                .service(passed),
        ))
    }
}

/// What decides already, by what it was asked for: a policy that did not change keeps what it knows
/// over a reload, and one that several rules have is one.
#[derive(Clone, Debug, Default)]
pub(super) struct PolicyCache {
    jwt: Made<JwtCallers>,
    basic: Made<BasicCallers>,
    api_key: Made<ApiKeyCallers>,
}

/// Of one kind. What no stack holds any more is forgotten.
struct Made<T>(Arc<Mutex<Vec<(Arc<Part<T>>, Weak<dyn Policy>)>>>);

impl<T: PartialEq> Made<T> {
    fn of(
        &self,
        part: &Arc<Part<T>>,
        make: impl FnOnce() -> Result<Deciding, String>,
    ) -> Result<Deciding, String> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |own: &Arc<Part<T>>| Arc::ptr_eq(own, part) || own == part;
        let found = made.iter().filter(|(own, _)| same(own));
        if let Some(policy) = found.filter_map(|(_, policy)| policy.upgrade()).next() {
            return Ok(policy);
        }
        let policy = make()?;
        made.retain(|(_, policy)| policy.strong_count() > 0);
        made.push((Arc::clone(part), Arc::downgrade(&policy)));
        Ok(policy)
    }
}

impl<T> Clone for Made<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> fmt::Debug for Made<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").finish_non_exhaustive()
    }
}

fn jwt(parts: &Parts, part: &Part<JwtCallers>) -> Result<Deciding, String> {
    let mut issuers = Vec::new();
    for asked in &part.spec.issuers {
        let issuer = match &asked.keys {
            Keys::Inline(_, keys) => Issuer::new(&*asked.name, keys.clone()),
            Keys::Remote {
                at,
                tls,
                path,
                fresh_for,
            } => {
                let (client, endpoint) = backend::service(parts, at, *tls)?;
                let keys = RemoteKeys::new(&format!("{endpoint}{path}"), client)
                    .map_err(|error| error.to_string())?
                    .fresh_for(*fresh_for);
                Issuer::new(&*asked.name, in_background(keys))
            }
        };
        issuers.push(match asked.audiences.as_slice() {
            [] => issuer.any_audience(),
            audiences => issuer.audiences(audiences.iter().map(String::as_str)),
        });
    }
    let mut method = Jwt::new(issuers);
    if let Some(place) = &part.spec.place {
        method = method.at(location(place));
    }
    let policy = Authentication::new(method).mode(part.spec.mode);
    Ok(Arc::new(policy.named(&*part.name)))
}

/// Fetches again while requests go on with the keys that there are.
fn in_background(keys: RemoteKeys) -> RemoteKeys {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => keys.refreshed_by(move |task| drop(runtime.spawn(task))),
        Err(_) => keys,
    }
}

fn basic(part: &Part<BasicCallers>) -> Result<Deciding, String> {
    let users = Htpasswd::parse(part.spec.users.expose()).map_err(|error| error.to_string())?;
    let mut method = Basic::new(users).map_err(|error| error.to_string())?;
    if let Some(place) = &part.spec.place {
        method = method.at(location(place));
    }
    if let Some(realm) = &part.spec.realm {
        method = method.realm(realm.as_str());
    }
    let policy = Authentication::new(method).mode(part.spec.mode);
    Ok(Arc::new(policy.named(&*part.name)))
}

fn api_key(part: &Part<ApiKeyCallers>) -> Result<Deciding, String> {
    let keys: Result<Vec<_>, _> = part
        .spec
        .keys
        .iter()
        .map(|entry| {
            let key = ApiKey::new(&*entry.name, entry.key.expose())?;
            Ok(key.with_metadata(entry.metadata.clone()))
        })
        .collect();
    let mut method = keys
        .and_then(ApiKeys::new)
        .map_err(|error: agentgateway_core::auth::InvalidApiKey| error.to_string())?;
    if let Some(place) = &part.spec.place {
        method = method.at(location(place));
    }
    let policy = Authentication::new(method).mode(part.spec.mode);
    Ok(Arc::new(policy.named(&*part.name)))
}

fn location(place: &Place) -> Location {
    match place {
        Place::Header(name, prefix) => Location::header(name.clone()).prefix(prefix.as_str()),
        Place::Query(name) => Location::query(name.as_str()),
        Place::Cookie(name) => Location::cookie(name.as_str()),
        Place::Expression(expression) => {
            let expression = expression.clone();
            Location::read(move |head| {
                let facts = Facts::request(head).reveal_credentials();
                match expression.evaluate_value(&facts) {
                    Ok(Some(Scalar::Text(found))) => Some(found),
                    _ => None,
                }
            })
        }
    }
}

fn access(part: &Part<AccessRule>) -> Rule {
    let conditions: Vec<Expression> = part.spec.conditions.clone();
    Rule::new(part.spec.effect, Arc::clone(&part.name), conditions)
}
