//! Tokens that callers' own are exchanged for, and those of the gateway's own, on the way to a backend.

use agentgateway_core::{egress::Guard, forwarded::Network, upstream::Upstream};
use agentgateway_mcp::upstream::token::{
    ClientAuthentication, TokenEndpoint, UpstreamTokenLayer, UpstreamTokens,
};
use std::time::Duration;
use tower::Layer;

use super::{Parts, backend};
use crate::config::snapshot::{Grant, TokenExchange};

/// The client that sends a token along which its caller's was exchanged for.
///
/// # Errors
/// Why there can be none, for the operator.
pub(super) fn exchanging(
    parts: &Parts,
    client: Upstream,
    asked: &TokenExchange,
) -> Result<Upstream, String> {
    let tokens = tokens(endpoint(parts, asked)?, asked);
    Ok(Upstream::new(UpstreamTokenLayer::new(tokens).layer(client)))
}

fn endpoint(parts: &Parts, asked: &TokenExchange) -> Result<TokenEndpoint, String> {
    let (client, at) = backend::service(parts, asked.service.place(), false)?;
    let url = format!("{at}/{}", asked.path.trim_start_matches('/'));
    // Who writes the manifests says where it is: a service of the cluster as well.
    let everywhere = ["0.0.0.0/0", "::/0"]
        .iter()
        .flat_map(|all| all.parse::<Network>());
    let guard = Guard::new()
        .allow_http()
        .allow_port(asked.service.at.name().port)
        .allow_networks(everywhere.collect());
    let endpoint = TokenEndpoint::guarded(&url, &guard, client);
    let mut endpoint =
        endpoint.map_err(|error| format!("its token endpoint: {}", error.message()))?;
    if let Some(client) = &asked.client {
        endpoint = match &client.secret {
            Some(secret) => endpoint.client(&*client.id, secret.expose()),
            None => endpoint.public_client(&*client.id),
        };
        if client.in_form {
            endpoint = endpoint.authenticated_by(ClientAuthentication::Post);
        }
    }
    if let Some(lifetime) = asked.default_lifetime {
        endpoint = endpoint.default_lifetime(lifetime);
    }
    Ok(endpoint)
}

fn tokens(endpoint: TokenEndpoint, asked: &TokenExchange) -> UpstreamTokens {
    let mut tokens = match &asked.grant {
        Grant::Assertion => UpstreamTokens::assertion(endpoint),
        Grant::ClientCredentials => UpstreamTokens::client_credentials(endpoint),
        Grant::Exchange { subject, requested } => {
            let mut tokens = UpstreamTokens::exchange(endpoint);
            if let Some(kind) = subject {
                tokens = tokens.subject_type(kind);
            }
            if let Some(kind) = requested {
                tokens = tokens.requested_type(kind);
            }
            tokens
        }
    };
    for url in &asked.resources {
        tokens = tokens.resource(url);
    }
    for name in &asked.audiences {
        tokens = tokens.audience(name);
    }
    match asked.max_tokens {
        None => {}
        // One that is used up as it comes is not kept.
        Some(0) => tokens = tokens.leeway(Duration::MAX),
        Some(limit) => tokens = tokens.max_tokens(limit),
    }
    tokens.scopes(asked.scopes.iter().map(String::as_str))
}
