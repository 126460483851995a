//! From providers of models to the stack that asks them.

use agentgateway_core::upstream::Endpoint;
use agentgateway_llm::{
    LlmDialect, LlmOperation,
    bridge::{LossKind, LossPolicy},
    route::{LlmGateway, ModelRoute, ModelServer, ModelTarget},
    upstream::{self as llm, AwsKey, CallPath, Credential},
};
use http::HeaderName;

use super::{
    Parts, Stack,
    backend::{Asked, how, reached},
    retrying::MAX_CALL,
    stack,
};
use crate::config::{
    resource::FormatType,
    snapshot::{
        AiBackend, AwsKeys, Backend, ModelLosses, ModelStreams, Part, Provider, ProviderKind,
    },
};

/// The most attempts behind the first, where a backend has several providers and its route says nothing.
const MAX_FAILOVERS: u32 = 4;

/// The stack of a backend with providers.
///
/// # Errors
/// Why it cannot be asked, for the operator.
pub(super) fn stack(
    parts: &Parts,
    providers: &AiBackend,
    backend: &Backend,
    asked: &Asked,
) -> Result<Stack, String> {
    let all: Vec<(u32, &Provider)> = (0..)
        .zip(&providers.groups)
        .flat_map(|(priority, group)| group.iter().map(move |one| (priority, one)))
        .collect();
    let [(_, first), rest @ ..] = all.as_slice() else {
        return Err("it has no provider".to_owned());
    };
    // One provider is the backend; what is decided for several is decided before one is chosen.
    let settings = if rest.is_empty() {
        &first.settings
    } else {
        &backend.settings
    };
    let how = how(parts, stack::MODEL_CLOCKS, settings, asked, MAX_CALL)?;
    let mut servers = Vec::new();
    for (priority, own) in &all {
        servers.push((*priority, *own, server(parts, own, providers.losses)?));
    }
    let failovers = u32::try_from(rest.len()).unwrap_or(MAX_FAILOVERS);
    let retries = match how.attempts {
        // Those of the route stand outside, and each of them asks another provider.
        Some(_) => 0,
        None => failovers.min(MAX_FAILOVERS),
    };
    let gateway = gateway(&servers, retries, providers.streams)?;
    let keep_alive = providers.streams.keep_alive.unwrap_or_default();
    let mut layer = stack::llm_layer(parts, how.max_body).keep_alive(keep_alive);
    if let [(_, _, only)] = servers.as_slice() {
        layer = layer.provider(only.semantic_name());
    }
    if let Some(Part { spec, .. }) = &providers.span_content {
        layer = layer.record_content(true);
        if let Some(bytes) = spec {
            layer = layer.max_content_bytes(*bytes);
        }
    }
    Ok(stack::llm(parts, layer, gateway, &how))
}

fn gateway(
    servers: &[(u32, &Provider, ModelServer)],
    retries: u32,
    streams: ModelStreams,
) -> Result<LlmGateway, String> {
    let mut builder = LlmGateway::builder().retries(retries);
    if let Some(limit) = streams.first_token {
        builder = builder.first_content(limit);
    }
    if let Some(limit) = streams.token_gap {
        builder = builder.token_gap(limit);
    }
    if let Some((_, _, first)) = servers.first() {
        builder = builder.others(first.clone());
    }
    let target =
        |priority, server: &ModelServer| ModelTarget::new(server.clone()).priority(priority);
    let mut all = ModelRoute::new("*");
    for (priority, _, server) in servers {
        all = all.target(target(*priority, server));
    }
    let mut aliases: Vec<&str> = Vec::new();
    let named = servers
        .iter()
        .flat_map(|(_, own, _)| own.settings.model_aliases.keys());
    for alias in named {
        if !aliases.contains(&alias.as_str()) {
            aliases.push(alias);
        }
    }
    for alias in aliases {
        let mut route = ModelRoute::new(alias);
        for (priority, own, server) in servers {
            let mut target = target(*priority, server);
            // One with a model of its own is asked for that, whatever the client named.
            if own.model.is_none() {
                // A provider without the alias knows the name, or refuses it.
                let aliases = &own.settings.model_aliases;
                target = target.model(aliases.get(alias).map_or(alias, |model| model));
            }
            route = route.target(target);
        }
        builder = builder.route(route);
    }
    builder
        .route(all)
        .build()
        .map_err(|error| error.to_string())
}

/// A provider behind its client.
fn server(parts: &Parts, own: &Provider, losses: ModelLosses) -> Result<ModelServer, String> {
    let settings = &own.settings;
    let (client, endpoint) = reached(parts, &own.endpoints, settings.tls, settings, false)?;
    Ok(ModelServer::new(
        provider(own, endpoint)?.losses(policy(losses)),
        stack::model_client(client),
    ))
}

fn policy(losses: ModelLosses) -> LossPolicy {
    let mut policy = LossPolicy::new();
    if let Some((meaning, tuning)) = losses.refused {
        policy = policy
            .refuse(LossKind::Meaning, meaning)
            .refuse(LossKind::Tuning, tuning);
    }
    policy.tell(losses.header.unwrap_or(true))
}

fn provider(own: &Provider, endpoint: Endpoint) -> Result<llm::Provider, String> {
    let name = own.name.as_str();
    let mut provider = match &own.kind {
        ProviderKind::OpenAi => llm::Provider::new(name, llm::ProviderKind::OpenAi, endpoint),
        ProviderKind::Anthropic => llm::Provider::new(name, llm::ProviderKind::Anthropic, endpoint),
        ProviderKind::Gemini => llm::Provider::new(name, llm::ProviderKind::Gemini, endpoint),
        ProviderKind::Azure {
            api_version,
            deployment,
        } => llm::Provider::azure(name, endpoint, api_version, deployment.as_deref()),
        ProviderKind::Vertex { project, region } => {
            llm::Provider::vertex(name, endpoint, project, region)
        }
        ProviderKind::Bedrock { .. } => {
            llm::Provider::new(name, llm::ProviderKind::Bedrock, endpoint)
        }
        ProviderKind::Custom(formats) => custom(name, formats, endpoint),
    };
    provider = provider.allow_other_paths(own.other_paths);
    if let Some(model) = &own.model {
        provider = provider.model(model);
    }
    if own.path.is_some() || own.path_prefix.is_some() || !own.format_paths.is_empty() {
        provider = provider.paths(paths(own));
    }
    match credential(own)? {
        Some(credential) => Ok(provider.credential(credential)),
        None => Ok(provider),
    }
}

/// A provider by the formats that it speaks.
fn custom(name: &str, formats: &[FormatType], endpoint: Endpoint) -> llm::Provider {
    let dialects: Vec<LlmDialect> = formats
        .iter()
        .filter_map(|format| spoken(*format))
        .collect();
    let kind = if is_of_anthropic(formats) {
        llm::ProviderKind::Anthropic
    } else {
        llm::ProviderKind::OpenAi
    };
    let provider = llm::Provider::new(name, kind, endpoint);
    if dialects.is_empty() {
        provider
    } else {
        provider.dialects(&dialects)
    }
}

/// The first format that has turns says how the provider is asked.
fn is_of_anthropic(formats: &[FormatType]) -> bool {
    let mut dialects = formats.iter().filter_map(|format| spoken(*format));
    let first = dialects.find(|dialect| *dialect != LlmDialect::CohereRerank);
    first == Some(LlmDialect::AnthropicMessages)
}

const fn spoken(format: FormatType) -> Option<LlmDialect> {
    match format {
        FormatType::Completions | FormatType::Embeddings => Some(LlmDialect::OpenAiChat),
        FormatType::Responses => Some(LlmDialect::OpenAiResponses),
        FormatType::Messages | FormatType::AnthropicTokenCount => {
            Some(LlmDialect::AnthropicMessages)
        }
        FormatType::Rerank => Some(LlmDialect::CohereRerank),
        FormatType::Realtime => None,
    }
}

/// The paths that the manifest gives.
fn paths(own: &Provider) -> impl Fn(&CallPath<'_>) -> Option<String> + Send + Sync + 'static {
    let (path, prefix) = (own.path.clone(), own.path_prefix.clone());
    let formats = own.format_paths.clone();
    move |call| {
        let of_format = formats.iter().find(|(format, _)| is_of(*format, call));
        if let Some(path) = of_format.map(|(_, path)| path).or(path.as_ref()) {
            return Some(with_query(path, call.usual));
        }
        let rest = ["/v1beta/", "/v1/", "/v2/"]
            .iter()
            .find_map(|version| call.usual.strip_prefix(version));
        let rest = rest.unwrap_or_else(|| call.usual.trim_start_matches('/'));
        prefix
            .as_ref()
            .map(|prefix| format!("{}/{rest}", prefix.trim_end_matches('/')))
    }
}

/// Another path with the query of the usual one, which Gemini's streams are asked for in; what the path itself says in
/// its query holds.
fn with_query(path: &str, usual: &str) -> String {
    let mut with_query = path.to_owned();
    for parameter in query_of(usual).split('&').filter(|one| !one.is_empty()) {
        if query_of(path)
            .split('&')
            .all(|own| name_of(own) != name_of(parameter))
        {
            with_query.push(if with_query.contains('?') { '&' } else { '?' });
            with_query.push_str(parameter);
        }
    }
    with_query
}

fn query_of(path: &str) -> &str {
    path.split_once('?').map_or("", |(_, query)| query)
}

fn name_of(parameter: &str) -> Option<&str> {
    parameter.split('=').next()
}

fn is_of(format: FormatType, call: &CallPath<'_>) -> bool {
    let operation = match format {
        FormatType::Embeddings => LlmOperation::Embeddings,
        FormatType::AnthropicTokenCount => LlmOperation::CountTokens,
        FormatType::Completions | FormatType::Messages | FormatType::Responses => {
            LlmOperation::Chat
        }
        FormatType::Rerank => LlmOperation::Rerank,
        FormatType::Realtime => return false,
    };
    spoken(format) == Some(call.dialect) && operation == call.operation
}

fn credential(own: &Provider) -> Result<Option<Credential>, String> {
    if let Some(keys) = &own.settings.aws {
        return aws(own, keys).map(Some);
    }
    let Some(key) = &own.settings.credential else {
        return Ok(None);
    };
    let is_anthropic = match &own.kind {
        ProviderKind::Custom(formats) => is_of_anthropic(formats),
        kind => *kind == ProviderKind::Anthropic,
    };
    let credential = match &own.kind {
        _ if is_anthropic => Credential::x_api_key(key.expose()),
        ProviderKind::Gemini => Credential::x_goog_api_key(key.expose()),
        ProviderKind::Azure { .. } => {
            Credential::header(HeaderName::from_static("api-key"), key.expose())
        }
        _ => Credential::bearer(key.expose()),
    };
    credential.map(Some).map_err(|error| error.to_string())
}

fn aws(own: &Provider, keys: &AwsKeys) -> Result<Credential, String> {
    let ((Some(region), _) | (None, ProviderKind::Bedrock { region })) = (&keys.region, &own.kind)
    else {
        return Err("the region that AWS signatures are made for is missing".to_owned());
    };
    let mut key = AwsKey::new(keys.id.expose(), keys.secret.expose(), region);
    if let Some(service) = &keys.service {
        key = key.service(service);
    }
    if let Some(token) = &keys.token {
        key = key
            .session_token(token.expose())
            .map_err(|error| error.to_string())?;
    }
    Ok(Credential::aws(key))
}
