//! Who calls, and who may do what.

use std::sync::Arc;

use agentgateway_core::{
    auth::{
        ApiKey, ApiKeys, Authentication, Location,
        basic::{Basic, Htpasswd},
        jwt::{Issuer, Jwt, RemoteKeys},
    },
    authz::Rule,
};

use agentgateway_mcp::policy::oauth::{RequiredScopes, ResourceServer};

use super::Group;
use crate::assemble::{Parts, backend};
use crate::config::snapshot::{
    self, AccessRule, ApiKeyCallers, BasicCallers, JwtCallers, Keys, McpCallers, Part, Place,
    Scopes, ScopesOf,
};
use crate::expression::{Expression, Facts, Scalar};

pub(super) fn jwt(parts: &Parts, part: &Part<JwtCallers>) -> Result<Group, String> {
    let mut issuers = Vec::new();
    for asked in &part.spec.issuers {
        let issuer = issuer(parts, asked)?;
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
    Ok(Group::one(policy.named(&*part.name)))
}

/// The callers of servers of MCP: tokens that are meant for the resource, and for nothing else.
pub(super) fn mcp(parts: &Parts, part: &Part<McpCallers>) -> Result<Group, String> {
    let issuer = issuer(parts, &part.spec.issuer)?;
    let policy = ResourceServer::new(part.spec.resource.clone(), [issuer]).mode(part.spec.mode);
    Ok(Group::one(policy.named(&*part.name)))
}

/// Which scopes their tokens must have.
pub(super) fn scopes(part: &Part<Scopes>) -> Group {
    let Scopes {
        resource,
        rules,
        implied,
    } = &part.spec;
    let mut policy = RequiredScopes::new(resource.clone()).named(&*part.name);
    for (of, scopes) in rules {
        let scopes = scopes.iter().map(String::as_str);
        policy = match of {
            ScopesOf::All => policy.always(scopes),
            ScopesOf::Tool(pattern) => policy.tool(&**pattern, scopes),
            ScopesOf::Method(pattern) => policy.method(&**pattern, scopes),
        };
    }
    for (scope, others) in implied {
        policy = policy.implies(&**scope, others.iter().map(String::as_str));
    }
    Group::one(policy)
}

/// Who signs tokens, for nobody yet.
fn issuer(parts: &Parts, asked: &snapshot::Issuer) -> Result<Issuer, String> {
    Ok(match &asked.keys {
        Keys::Inline(_, keys) => Issuer::new(&*asked.name, keys.clone()),
        Keys::Remote {
            at,
            tls,
            path,
            fresh_for,
        } => {
            let (client, endpoint) = backend::service(parts, (at, *tls), false)?;
            let keys = RemoteKeys::new(&format!("{endpoint}{path}"), client)
                .map_err(|error| error.to_string())?
                .fresh_for(*fresh_for);
            Issuer::new(&*asked.name, in_background(keys))
        }
    })
}

/// Fetches again while requests go on with the keys that there are.
fn in_background(keys: RemoteKeys) -> RemoteKeys {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => keys.refreshed_by(move |task| drop(runtime.spawn(task))),
        Err(_) => keys,
    }
}

pub(super) fn basic(part: &Part<BasicCallers>) -> Result<Group, String> {
    let users = Htpasswd::parse(part.spec.users.expose()).map_err(|error| error.to_string())?;
    let mut method = Basic::new(users).map_err(|error| error.to_string())?;
    if let Some(place) = &part.spec.place {
        method = method.at(location(place));
    }
    if let Some(realm) = &part.spec.realm {
        method = method.realm(realm.as_str());
    }
    let policy = Authentication::new(method).mode(part.spec.mode);
    Ok(Group::one(policy.named(&*part.name)))
}

pub(super) fn api_key(part: &Part<ApiKeyCallers>) -> Result<Group, String> {
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
    Ok(Group::one(policy.named(&*part.name)))
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

pub(super) fn access(part: &Part<AccessRule>) -> Rule {
    let conditions: Vec<Expression> = part.spec.conditions.clone();
    Rule::new(part.spec.effect, Arc::clone(&part.name), conditions)
}
