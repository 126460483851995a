//! Who calls, as policies ask for it.

use std::sync::Arc;

use agentgateway_core::auth::Mode;
use http::HeaderName;

use super::keys::{self, issuer};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{
    ApiKeyAuthentication, AuthenticationMode, BasicAuthentication, BasicMode, CredentialSource,
    JwtAuthentication,
};
use crate::config::snapshot::{ApiKeyCallers, BasicCallers, JwtCallers, Part, Place, Secret};
use crate::expression::Expression;

const JWT: &str = "spec.traffic.jwtAuthentication";
const BASIC: &str = "spec.traffic.basicAuthentication";
const API_KEY: &str = "spec.traffic.apiKeyAuthentication";

/// The key of a Secret that holds lines of htpasswd, when none is named.
const HTACCESS: &str = ".htaccess";

/// What could be read, or everything that is wrong with it.
pub(super) type Read<T> = Result<Arc<Part<T>>, Vec<Fault>>;

/// Callers known by tokens.
pub(super) fn jwt(
    context: &Context<'_>,
    object: &Object,
    origin: &str,
    spec: &JwtAuthentication,
) -> Read<JwtCallers> {
    let mut faults = Vec::new();
    let place = place(context, spec.location.as_ref(), JWT, &mut faults);
    let mut issuers = Vec::new();
    for (index, provider) in spec.providers.iter().enumerate() {
        let path = format!("{JWT}.providers[{index}]");
        match issuer(context, object, provider, &path) {
            Ok(issuer) => issuers.push(issuer),
            Err(fault) => faults.push(fault),
        }
    }
    let spec = JwtCallers {
        mode: mode(spec.mode),
        place,
        issuers,
    };
    part(format!("{origin} traffic.jwtAuthentication"), spec, faults)
}

/// Callers known by name and password.
pub(super) fn basic(
    context: &Context<'_>,
    object: &Object,
    origin: &str,
    spec: &BasicAuthentication,
) -> Read<BasicCallers> {
    let mut faults = Vec::new();
    let place = place(context, spec.location.as_ref(), BASIC, &mut faults);
    let users = match (&spec.users, &spec.secret_ref) {
        (Some(users), _) => Ok((format!("{BASIC}.users"), Secret::new(users.join("\n")))),
        (None, Some(reference)) => {
            let path = format!("{BASIC}.secretRef");
            let key = reference.key.as_deref().unwrap_or(HTACCESS);
            let named = (reference.group.as_deref(), reference.kind.as_deref());
            let wanted = keys::reference(object, named, &reference.name, &path);
            wanted
                .and_then(|wanted| keys::value(context, &wanted, key, &path))
                .map(|users| (path, users))
        }
        (None, None) => {
            let message = "neither users nor a secretRef is given";
            Err(Fault::new(BASIC, "Invalid", message))
        }
    };
    let users = users.and_then(|(path, users)| {
        // The words name a line, never what is in it.
        match agentgateway_core::auth::basic::Htpasswd::parse(users.expose()) {
            Ok(_) => Ok(users),
            Err(error) => Err(Fault::new(path, "Invalid", error.to_string())),
        }
    });
    let users = users.unwrap_or_else(|fault| {
        faults.push(fault);
        Secret::new("")
    });
    let spec = BasicCallers {
        mode: match spec.mode {
            BasicMode::Strict => Mode::Strict,
            BasicMode::Optional => Mode::Optional,
        },
        place,
        realm: spec.realm.clone(),
        users,
    };
    part(
        format!("{origin} traffic.basicAuthentication"),
        spec,
        faults,
    )
}

/// Callers known by key.
pub(super) fn api_key(
    context: &Context<'_>,
    object: &Object,
    origin: &str,
    spec: &ApiKeyAuthentication,
) -> Read<ApiKeyCallers> {
    let mut faults = Vec::new();
    let place = place(context, spec.location.as_ref(), API_KEY, &mut faults);
    let keys = keys::api_keys(context, object, spec, API_KEY).unwrap_or_else(|more| {
        faults.extend(more);
        Vec::new()
    });
    let spec = ApiKeyCallers {
        mode: mode(spec.mode),
        place,
        keys,
    };
    part(
        format!("{origin} traffic.apiKeyAuthentication"),
        spec,
        faults,
    )
}

/// A part of this name, if nothing is wrong with it.
pub(super) fn part<T>(name: String, spec: T, faults: Vec<Fault>) -> Read<T> {
    if faults.is_empty() {
        let name = name.into();
        Ok(Arc::new(Part { name, spec }))
    } else {
        Err(faults)
    }
}

pub(super) const fn mode(mode: AuthenticationMode) -> Mode {
    match mode {
        AuthenticationMode::Strict => Mode::Strict,
        AuthenticationMode::Optional => Mode::Optional,
        AuthenticationMode::Permissive => Mode::Permissive,
    }
}

/// Where a credential stands, if it is said.
fn place(
    context: &Context<'_>,
    source: Option<&CredentialSource>,
    path: &str,
    faults: &mut Vec<Fault>,
) -> Option<Place> {
    let source = source?;
    if let Some(header) = &source.header {
        let name: HeaderName = match header.name.parse() {
            Ok(name) => name,
            Err(_) => {
                let path = format!("{path}.location.header.name");
                faults.push(Fault::new(path, "Invalid", "this is no name of a header"));
                return None;
            }
        };
        let prefix = header.prefix.clone().unwrap_or_default();
        return Some(Place::Header(name, prefix));
    }
    if let Some(parameter) = &source.query_parameter {
        return Some(Place::Query(parameter.name.clone()));
    }
    if let Some(cookie) = &source.cookie {
        return Some(Place::Cookie(cookie.name.clone()));
    }
    let text = source.expression.as_ref()?;
    match Expression::compile(text, &context.head) {
        Ok(expression) => Some(Place::Expression(expression)),
        Err(error) => {
            let path = format!("{path}.location.expression");
            faults.push(Fault::new(path, "Invalid", error.to_string()));
            None
        }
    }
}
