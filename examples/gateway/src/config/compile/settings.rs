//! How backends are spoken to, from the policies that say so.

use std::sync::Arc;

use super::backend_tls::terms;
use super::backends::NOT_IMPLEMENTED;
use super::duration::{duration, no_duration};
use super::health::{health, keepalive};
use super::lookup::kind_name;
use super::policies::{backend_policies, exchange};
use super::secrets::{DEFAULT_KEY, credential, secret, value};
use super::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::{AwsAuth, BackendAuth, BackendPolicies, Reference};
use crate::config::snapshot::{
    AiBackend, AwsKeys, Backend, BackendKind, BackendSettings, McpBackend, McpServer, Secret,
};

const INVALID: &str = "Invalid";

/// The settings that the policies of an object ask for, and what is wrong with them.
///
/// What is wrong is left out.
pub(super) fn settings(
    context: &Context<'_>,
    object: &Object,
    policies: &BackendPolicies,
    path: &str,
) -> (BackendSettings, Vec<Fault>) {
    let (mut found, mut faults) = (BackendSettings::default(), Vec::new());
    found.tls = policies.tls.is_some();
    if let Some(tls) = &policies.tls {
        match terms(context, object, tls, &format!("{path}.tls")) {
            Ok(terms) => found.tls_terms = Some(Arc::new(terms)),
            Err(more) => faults.extend(more),
        }
    }
    let mut time = |text: Option<&String>, field: &str| {
        let text = text?;
        let read = duration(text);
        if read.is_none() {
            let path = format!("{path}.{field}");
            faults.push(Fault::new(path, INVALID, no_duration(text)));
        }
        read
    };
    if let Some(http) = &policies.http {
        found.version = http.version;
        found.request_timeout = time(http.request_timeout.as_ref(), "http.requestTimeout");
    }
    if let Some(tcp) = &policies.tcp {
        found.connect_timeout = time(tcp.connect_timeout.as_ref(), "tcp.connectTimeout");
    }
    let mut kept = |fault: Fault| faults.push(fault);
    if let Some(spec) = policies.tcp.as_ref().and_then(|tcp| tcp.keepalive.as_ref()) {
        let read = keepalive(spec, &format!("{path}.tcp.keepalive"));
        found.keepalive = read.map_err(&mut kept).ok();
    }
    if let Some(spec) = &policies.health {
        let read = health(context, spec, &format!("{path}.health"));
        found.health = read.map_err(&mut kept).ok();
    }
    if let Some(auth) = &policies.auth {
        let path = format!("{path}.auth");
        match self::auth(context, object, auth, &path) {
            Ok(credential) => found.credential = credential,
            Err(fault) => faults.push(fault),
        }
        if let Some(aws) = &auth.aws {
            match aws_keys(context, object, aws, &format!("{path}.aws")) {
                Ok(keys) => found.aws = Some(Arc::new(keys)),
                Err(fault) => faults.push(fault),
            }
        }
        if let Some(spec) = &auth.oauth_token_exchange {
            match exchange(context, object, spec, &format!("{path}.oauthTokenExchange")) {
                Ok(read) => found.exchange = Some(Arc::new(read)),
                Err(fault) => faults.push(fault),
            }
        }
    }
    if let Some(ai) = &policies.ai {
        found.model_aliases.clone_from(&ai.model_aliases);
    }
    let (decided, more) = backend_policies(context, object, policies, path);
    found.policies = Arc::new(decided);
    faults.extend(more);
    (found, faults)
}

/// The credential that goes upstream, if one is given in a way that is served.
fn auth(
    context: &Context<'_>,
    object: &Object,
    auth: &BackendAuth,
    path: &str,
) -> Result<Option<Secret>, Fault> {
    if let Some(key) = &auth.key {
        let read = credential(&Secret::new(key.as_str()));
        return read
            .map(Some)
            .map_err(|what| Fault::new(format!("{path}.key"), INVALID, format!("the key {what}")));
    }
    let Some(reference) = &auth.secret_ref else {
        return Ok(None);
    };
    let path = format!("{path}.secretRef");
    let group = reference.group.as_deref().unwrap_or_default();
    let kind = reference.kind.as_deref().unwrap_or("Secret");
    if !group.is_empty() || kind != "Secret" {
        let found = kind_name(group, kind);
        let message = format!("a secretRef must be a Secret, found {found}");
        return Err(Fault::new(path, "InvalidKind", message));
    }
    let namespace = &object.reference.namespace;
    let wanted = Reference::new("", "Secret", namespace, &reference.name);
    let missing = |message: String| Fault::new(&*path, "BackendNotFound", message);
    let found = secret(context.store, &wanted).map_err(missing)?;
    let key = reference.key.as_deref().unwrap_or(DEFAULT_KEY);
    let held = value(found, &wanted, key).map_err(missing)?;
    credential(&held)
        .map(Some)
        .map_err(|message| missing(format!("key {key:?} of {wanted} {message}")))
}

/// The key of AWS that requests are signed with.
fn aws_keys(
    context: &Context<'_>,
    object: &Object,
    aws: &AwsAuth,
    path: &str,
) -> Result<AwsKeys, Fault> {
    let Some(reference) = &aws.secret_ref else {
        let message = "only a secretRef with an access key is served: the credentials of a machine and roles are not";
        return Err(Fault::new(path, NOT_IMPLEMENTED, message));
    };
    let path = format!("{path}.secretRef");
    let wanted = Reference::new("", "Secret", &object.reference.namespace, &reference.name);
    let missing = |message: String| Fault::new(&*path, "BackendNotFound", message);
    let found = secret(context.store, &wanted).map_err(missing)?;
    let held = |key: &str| value(found, &wanted, key).map_err(missing);
    let mut keys = AwsKeys::new(held("accessKey")?, held("secretKey")?);
    let has_token = ["sessionToken"]
        .iter()
        .any(|key| found.data.contains_key(*key) || found.string_data.contains_key(*key));
    if has_token {
        keys.token = Some(held("sessionToken")?);
    }
    keys.region.clone_from(&aws.region);
    keys.service.clone_from(&aws.service_name);
    Ok(keys)
}

/// Fills in what the settings leave open from others that they beat.
pub(super) fn fill(settings: &mut BackendSettings, under: &BackendSettings) {
    fn or<T: Clone>(mine: &mut Option<T>, other: &Option<T>) {
        if mine.is_none() {
            mine.clone_from(other);
        }
    }
    settings.tls |= under.tls;
    or(&mut settings.tls_terms, &under.tls_terms);
    or(&mut settings.version, &under.version);
    or(&mut settings.request_timeout, &under.request_timeout);
    or(&mut settings.connect_timeout, &under.connect_timeout);
    or(&mut settings.keepalive, &under.keepalive);
    or(&mut settings.health, &under.health);
    for (alias, model) in &under.model_aliases {
        let own = settings.model_aliases.entry(alias.clone());
        own.or_insert_with(|| model.clone());
    }
    // They are one field: who has one of them is not given another.
    let has_none = settings.credential.is_none() && settings.exchange.is_none();
    if has_none && settings.aws.is_none() {
        settings.credential.clone_from(&under.credential);
        settings.aws.clone_from(&under.aws);
        settings.exchange.clone_from(&under.exchange);
    }
    if !under.policies.is_empty() {
        Arc::make_mut(&mut settings.policies).over(&under.policies);
    }
}

/// The same for all that a backend speaks to.
pub(super) fn fill_backend(backend: &mut Backend, under: &BackendSettings) {
    fill(&mut backend.settings, under);
    if !matches!(backend.kind, BackendKind::Mcp(_)) {
        drop_rules(&mut backend.settings);
    }
    match &mut backend.kind {
        BackendKind::Ai(AiBackend { groups, .. }) => {
            for provider in groups.iter_mut().flatten() {
                fill(&mut provider.settings, under);
                drop_rules(&mut provider.settings);
            }
        }
        BackendKind::Mcp(McpBackend { targets, .. }) => {
            for target in targets {
                if let McpServer::Http { tls, .. } = &mut target.server {
                    *tls |= under.tls;
                }
            }
        }
        BackendKind::Http(_) | BackendKind::A2a(_) | BackendKind::Agents(_) => {}
    }
}

/// Rules about callers and calls of MCP say nothing of a backend that does not speak it.
fn drop_rules(settings: &mut BackendSettings) {
    let policies = &settings.policies;
    if !policies.authorization.is_empty() || policies.mcp.is_some() {
        let policies = Arc::make_mut(&mut settings.policies);
        policies.authorization.clear();
        policies.mcp = None;
    }
}
