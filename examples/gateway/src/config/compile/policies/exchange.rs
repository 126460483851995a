//! Tokens that callers' own are exchanged for.

use super::keys::{reference, value};
use super::service::asked;
use crate::config::compile::duration::{duration, no_duration};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{
    ClientAuth, ClientMethod, GrantType, TokenExchange as Spec, TokenType,
};
use crate::config::snapshot::{ExchangeClient, Grant, TokenExchange};

/// Where a client's secret stands in its Secret when no key is named.
///
/// # Source
/// agentgateway.dev/v1alpha1: `clientAuth.secretRef`.
const CLIENT_SECRET: &str = "clientSecret";

/// The exchange that is asked for at `path`.
///
/// # Errors
/// Whatever is wrong first: a token for nobody or from nowhere is none.
pub(in crate::config::compile) fn exchange(
    context: &Context<'_>,
    object: &Object,
    spec: &Spec,
    path: &str,
) -> Result<TokenExchange, Fault> {
    let place = (spec.url.as_deref(), spec.backend_ref.as_ref());
    let (service, own) = asked(context, object, place, path)?;
    let at = match (&spec.url, &spec.path) {
        (Some(_), _) => own,
        (None, Some(at)) => at.clone(),
        (None, None) => {
            let message = "a path is needed beside backendRef, such as /oauth2/token";
            return Err(invalid(format!("{path}.path"), message));
        }
    };
    let client = spec.client_auth.as_ref();
    let client =
        client.map(|spec| self::client(context, object, spec, &format!("{path}.clientAuth")));
    let memory = spec
        .cache
        .as_ref()
        .and_then(|cache| cache.in_memory.as_ref());
    let path = format!("{path}.cache.inMemory");
    let entries = memory.and_then(|memory| memory.max_entries);
    let max_tokens = entries.map(|entries| {
        let few = || {
            invalid(
                format!("{path}.maxEntries"),
                "maxEntries must be at least 0",
            )
        };
        usize::try_from(entries).map_err(|_| few())
    });
    let lifetime = memory.and_then(|memory| memory.default_ttl.as_ref());
    let default_lifetime = lifetime.map(|text| {
        let none = || invalid(format!("{path}.defaultTtl"), no_duration(text));
        duration(text).ok_or_else(none)
    });
    Ok(TokenExchange {
        service,
        path: at,
        grant: grant(spec),
        client: client.transpose()?,
        resources: spec.resources.clone().unwrap_or_default(),
        audiences: spec.audiences.clone().unwrap_or_default(),
        scopes: spec.scopes.clone().unwrap_or_default(),
        max_tokens: max_tokens.transpose()?,
        default_lifetime: default_lifetime.transpose()?,
    })
}

fn grant(spec: &Spec) -> Grant {
    if spec.grant_type == Some(GrantType::JwtBearer) {
        return Grant::Assertion;
    }
    let subject = spec.subject_token.as_ref();
    let subject = subject.and_then(|subject| subject.token_type.as_deref());
    Grant::Exchange {
        subject: subject.map(kind),
        requested: spec.requested_token_type.map(|wanted| {
            kind(match wanted {
                TokenType::AccessToken => "AccessToken",
                TokenType::Jwt => "Jwt",
                TokenType::IdToken => "IdToken",
                TokenType::IdJag => "IdJag",
            })
        }),
    }
}

/// The URI of a kind of tokens; what is no word of the resource is a URI already.
///
/// # Source
/// RFC 8693, 3; OAuth Identity Assertion Authorization Grant, 4.
fn kind(name: &str) -> String {
    let word = match name {
        "AccessToken" => "access_token",
        "Jwt" => "jwt",
        "IdToken" => "id_token",
        "IdJag" => "id-jag",
        uri => return uri.to_owned(),
    };
    format!("urn:ietf:params:oauth:token-type:{word}")
}

fn client(
    context: &Context<'_>,
    object: &Object,
    spec: &ClientAuth,
    path: &str,
) -> Result<ExchangeClient, Fault> {
    let secret = spec.secret_ref.as_ref().map(|found| {
        let path = format!("{path}.secretRef");
        let kind = (found.group.as_deref(), found.kind.as_deref());
        let wanted = reference(object, kind, &found.name, &path)?;
        let key = found.key.as_deref().unwrap_or(CLIENT_SECRET);
        value(context, &wanted, key, &path)
    });
    Ok(ExchangeClient {
        id: spec.client_id.clone(),
        secret: secret.transpose()?,
        in_form: spec.method == Some(ClientMethod::ClientSecretPost),
    })
}

fn invalid(path: String, message: impl Into<String>) -> Fault {
    Fault::new(path, "Invalid", message)
}
