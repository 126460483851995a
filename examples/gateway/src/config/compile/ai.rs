//! Providers of models behind an AgentgatewayBackend.

use super::backends::Built;
use super::located::located;
use super::lookup::kind_name;
use super::service::port;
use super::settings::settings;
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{
    AiProvider, AiSpec, CustomProvider, FormatType, ModelOnly, Reference,
};
use crate::config::snapshot::{
    AiBackend, BackendKind, BackendSettings, Endpoints, HostPort, Provider, ProviderKind,
};

/// The version of Azure's API that has none.
const V1: &str = "v1";

/// All providers that can be used, in their groups; those that cannot are faults.
pub(super) fn build(context: &Context<'_>, object: &Object, spec: &AiSpec) -> Built {
    let (mut groups, mut faults) = (Vec::new(), Vec::new());
    let mut one = |spec: &AiProvider, path: &str| match provider(context, object, spec, path) {
        Ok(provider) => Some(provider),
        Err(fault) => {
            faults.push(fault);
            None
        }
    };
    if let Some(spec) = &spec.provider {
        groups.extend(one(spec, "spec.ai.provider").map(|provider| vec![provider]));
    }
    for (group, spec) in spec.groups.iter().flatten().enumerate() {
        let providers = spec.providers.iter().enumerate();
        let found: Vec<_> = providers
            .filter_map(|(index, provider)| {
                let path = format!("spec.ai.groups[{group}].providers[{index}]");
                one(provider, &path)
            })
            .collect();
        if !found.is_empty() {
            groups.push(found);
        }
    }
    if groups.is_empty() {
        let nothing = || Fault::new("spec.ai", "Invalid", "no provider is given");
        let fault = if faults.is_empty() {
            nothing()
        } else {
            faults.remove(0)
        };
        return Built {
            faults,
            ..Built::failed(fault)
        };
    }
    Built {
        faults,
        ..Built::new(BackendKind::Ai(AiBackend::new(groups)))
    }
}

fn provider(
    context: &Context<'_>,
    object: &Object,
    spec: &AiProvider,
    path: &str,
) -> Result<Provider, Fault> {
    let (kind, model) = kind(spec, path)?;
    let (mut own, mut faults) = match &spec.policies {
        Some(policies) => settings(context, object, policies, &format!("{path}.policies")),
        None => (BackendSettings::default(), Vec::new()),
    };
    if !faults.is_empty() {
        return Err(faults.remove(0));
    }
    let endpoints = match (
        endpoints(context, object, spec, path)?,
        public_host(spec, &kind),
    ) {
        (Some(endpoints), _) => endpoints,
        (None, Some(public)) => {
            own.tls = true;
            Endpoints::Name(HostPort::new(public, 443))
        }
        (None, None) => {
            let message = "a custom provider needs host and port, or a backendRef";
            return Err(Fault::new(path, "Invalid", message));
        }
    };
    let name = spec
        .name
        .clone()
        .unwrap_or_else(|| object.reference.name.clone());
    let mut provider = Provider::new(name, kind, endpoints);
    provider.model = model;
    provider.path.clone_from(&spec.path);
    provider.path_prefix.clone_from(&spec.path_prefix);
    let formats = spec.custom.iter().flat_map(|custom| &custom.formats);
    provider.format_paths = formats
        .filter_map(|format| Some((format.kind, format.path.clone()?)))
        .collect();
    provider.settings = own;
    Ok(provider)
}

fn kind(spec: &AiProvider, path: &str) -> Result<(ProviderKind, Option<String>), Fault> {
    let model = |only: &ModelOnly| only.model.clone();
    if let Some(found) = &spec.openai {
        Ok((ProviderKind::OpenAi, model(found)))
    } else if let Some(found) = &spec.anthropic {
        Ok((ProviderKind::Anthropic, model(found)))
    } else if let Some(found) = &spec.gemini {
        Ok((ProviderKind::Gemini, model(found)))
    } else if let Some(found) = &spec.azureopenai {
        let kind = ProviderKind::Azure {
            api_version: found.api_version.clone().unwrap_or_else(|| V1.to_owned()),
            deployment: found.deployment_name.clone(),
        };
        Ok((kind, None))
    } else if let Some(found) = &spec.azure {
        let kind = ProviderKind::Azure {
            api_version: found.api_version.clone().unwrap_or_else(|| V1.to_owned()),
            deployment: None,
        };
        Ok((kind, found.model.clone()))
    } else if let Some(found) = &spec.vertexai {
        let kind = ProviderKind::Vertex {
            project: found.project_id.clone(),
            region: found.region.clone().unwrap_or_else(|| "global".to_owned()),
        };
        Ok((kind, found.model.clone()))
    } else if let Some(found) = &spec.bedrock {
        let region = found
            .region
            .clone()
            .unwrap_or_else(|| "us-east-1".to_owned());
        Ok((ProviderKind::Bedrock { region }, found.model.clone()))
    } else if let Some(CustomProvider { formats, model, .. }) = &spec.custom {
        let kinds: Vec<FormatType> = formats.iter().map(|format| format.kind).collect();
        Ok((ProviderKind::Custom(kinds), model.clone()))
    } else {
        let message = "a provider needs a kind: openai, anthropic, gemini, azureopenai, azure, vertexai, bedrock or custom";
        Err(Fault::new(path, "Invalid", message))
    }
}

/// Where a provider is when nothing else is said.
fn public_host(spec: &AiProvider, kind: &ProviderKind) -> Option<String> {
    Some(match kind {
        ProviderKind::OpenAi => "api.openai.com".to_owned(),
        ProviderKind::Anthropic => "api.anthropic.com".to_owned(),
        ProviderKind::Gemini => "generativelanguage.googleapis.com".to_owned(),
        ProviderKind::Azure { .. } => match (&spec.azureopenai, &spec.azure) {
            (Some(own), _) => own.endpoint.clone(),
            (None, Some(own)) if own.resource_type == "Foundry" => {
                format!("{}.services.ai.azure.com", own.resource_name)
            }
            (None, own) => format!("{}.openai.azure.com", own.as_ref()?.resource_name),
        },
        ProviderKind::Vertex { region, .. } if region == "global" => {
            "aiplatform.googleapis.com".to_owned()
        }
        ProviderKind::Vertex { region, .. } => format!("{region}-aiplatform.googleapis.com"),
        ProviderKind::Bedrock { region } => format!("bedrock-runtime.{region}.amazonaws.com"),
        ProviderKind::Custom(_) => return None,
    })
}

/// Where a provider is when it is not at its public host.
fn endpoints(
    context: &Context<'_>,
    object: &Object,
    spec: &AiProvider,
    path: &str,
) -> Result<Option<Endpoints>, Fault> {
    if let (Some(host), Some(port)) = (&spec.host, spec.port) {
        let found = located(context, host, port);
        return found
            .map(Some)
            .map_err(|message| Fault::new(path, "Unavailable", message));
    }
    let Some(found) = spec.custom.as_ref().and_then(|it| it.backend_ref.as_ref()) else {
        return Ok(None);
    };
    let path = format!("{path}.custom.backendRef");
    let own = &object.reference.namespace;
    let namespace = found.namespace.as_ref().unwrap_or(own);
    if (found.group.as_str(), found.kind.as_str()) != ("", "Service") {
        let found = kind_name(&found.group, &found.kind);
        let message = format!("the backendRef of a provider must be a Service, found {found}");
        return Err(Fault::new(path, "InvalidKind", message));
    }
    let wanted = Reference::new("", "Service", namespace, &found.name);
    context.permit(object, &wanted, &path)?;
    let port = port(context, &wanted, found.port, &path)?;
    let endpoints = port.endpoints;
    endpoints
        .map(Some)
        .map_err(|message| Fault::new(path, "Unavailable", message))
}
