//! Providers of models behind an AgentgatewayBackend.

use super::backends::{Built, NOT_IMPLEMENTED};
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
    let unserved = unserved(&groups);
    Built {
        faults,
        unserved,
        ..Built::new(BackendKind::Ai(AiBackend { groups }))
    }
}

/// What is there and not served yet: all providers but the first.
fn unserved(groups: &[Vec<Provider>]) -> Option<Fault> {
    let mut all = groups.iter().flatten();
    let first = all.next()?;
    let rest: Vec<&str> = all.map(|provider| &*provider.name).collect();
    (!rest.is_empty()).then(|| {
        let message = format!(
            "only provider {} is served: several providers are not balanced yet; not served: {}",
            first.name,
            rest.join(", ")
        );
        Fault::new("spec.ai.groups", NOT_IMPLEMENTED, message)
    })
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
    let endpoints = match (endpoints(context, object, spec, path)?, public_host(&kind)) {
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
    } else if let Some(CustomProvider { formats, model, .. }) = &spec.custom {
        let kinds: Vec<FormatType> = formats.iter().map(|format| format.kind).collect();
        Ok((ProviderKind::Custom(kinds), model.clone()))
    } else {
        let name = spec.name.as_deref().unwrap_or("it");
        let message = format!(
            "provider {name} is of a kind that is not served; use openai, anthropic, gemini or \
             custom"
        );
        Err(Fault::new(path, NOT_IMPLEMENTED, message))
    }
}

const fn public_host(kind: &ProviderKind) -> Option<&'static str> {
    match kind {
        ProviderKind::OpenAi => Some("api.openai.com"),
        ProviderKind::Anthropic => Some("api.anthropic.com"),
        ProviderKind::Gemini => Some("generativelanguage.googleapis.com"),
        ProviderKind::Custom(_) => None,
    }
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
