//! Tokens of the gateway's own for servers of MCP.

use std::sync::Arc;

use super::named::named;
use crate::config::compile::policies::{from_url, value};
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{ClientCredentials, Reference};
use crate::config::snapshot::{
    Asked, Backend, BackendKind, BackendSettings, ExchangeClient, Grant, McpServer, McpTarget,
    TokenExchange,
};

const FIELD: &str = "spec.rawConfig.mcp.clientCredentials";

/// How a token is got, and for which servers.
#[derive(Clone, Debug)]
pub(super) struct OwnToken {
    path: String,
    pub(super) backend: Reference,
    target: Option<String>,
    /// Without its secret none can be got: the servers are not spoken to as somebody else.
    how: Result<Arc<TokenExchange>, Fault>,
}

pub(super) fn token(
    context: &Context<'_>,
    object: &Object,
    (index, spec): (usize, &ClientCredentials),
    faults: &mut Vec<Fault>,
) -> OwnToken {
    let path = format!("{FIELD}[{index}]");
    let backend = named(
        context,
        object,
        &spec.backend,
        &format!("{path}.backend"),
        faults,
    );
    let how = how(context, object, spec, &path);
    faults.extend(how.as_ref().err().cloned());
    OwnToken {
        path,
        backend,
        target: spec.target.clone(),
        how: how.map(Arc::new),
    }
}

fn how(
    context: &Context<'_>,
    object: &Object,
    spec: &ClientCredentials,
    path: &str,
) -> Result<TokenExchange, Fault> {
    let (at, tls, own) = from_url(&spec.token_endpoint, &format!("{path}.tokenEndpoint"))?;
    let key = &spec.client_secret_ref;
    let wanted = Reference::new("", "Secret", &object.reference.namespace, &key.name);
    let secret = value(
        context,
        &wanted,
        &key.key,
        &format!("{path}.clientSecretRef"),
    )?;
    Ok(TokenExchange {
        service: Asked { at, tls },
        path: own,
        grant: Grant::ClientCredentials,
        client: Some(ExchangeClient {
            id: spec.client_id.clone(),
            secret: Some(secret),
            in_form: spec.secret_in_form,
        }),
        resources: spec.resources.clone(),
        audiences: spec.audiences.clone(),
        scopes: spec.scopes.clone(),
        max_tokens: None,
        default_lifetime: None,
    })
}

/// Gives a backend's servers a token.
///
/// # Errors
/// They cannot have it, or have a credential already.
pub(super) fn given(backend: &mut Backend, token: &OwnToken) -> Result<(), Fault> {
    let how = token.how.as_ref().map_err(Clone::clone)?;
    let fault = |message: String| Fault::new(&*token.path, "Invalid", message);
    let of = backend.reference.clone();
    let BackendKind::Mcp(servers) = &mut backend.kind else {
        return Ok(());
    };
    let is_meant = |target: &McpTarget| token.target.as_ref().is_none_or(|it| *it == target.name);
    if !servers.targets.iter().any(is_meant) {
        let names: Vec<_> = servers.targets.iter().map(|it| &*it.name).collect();
        let wanted = token.target.as_deref().unwrap_or_default();
        let names = names.join(", ");
        return Err(fault(format!(
            "{of} has no target {wanted}; it has {names}"
        )));
    }
    let is_process = |target: &&McpTarget| matches!(target.server, McpServer::Process(_));
    let meant = servers.targets.iter().filter(|it| is_meant(it));
    if let Some(process) = meant.into_iter().find(is_process) {
        let name = &process.name;
        let message = format!("target {name} of {of} is a process, which is sent no token");
        return Err(fault(message));
    }
    let only = servers.only().is_some();
    let mut all: Vec<&mut BackendSettings> = Vec::new();
    for target in servers.targets.iter_mut().filter(|it| is_meant(it)) {
        all.push(&mut target.settings);
    }
    // An only server is spoken to as its backend is.
    if only {
        all.push(&mut backend.settings);
    }
    for settings in all {
        if settings.credential.is_some() || settings.exchange.is_some() {
            let message = format!("{of} has a credential of its own: remove one of the two");
            return Err(fault(message));
        }
        settings.exchange = Some(Arc::clone(how));
    }
    Ok(())
}
