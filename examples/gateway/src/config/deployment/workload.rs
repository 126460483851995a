//! The Deployment or DaemonSet.

use serde_json::{Map, Value, json};

use super::fit::PortNames;
use super::names::Rendered;
use crate::config::resource::{EnvVar, Image, ParametersSpec, WorkloadKind};

/// Where the configuration is mounted.
const MOUNT: &str = "/etc/agentgateway/config";

/// Seconds of the process's own, when parameters say nothing: unready, then draining.
const USUAL_SHUTDOWN: u64 = 5 + 300;

/// Seconds for the last spans, behind the last answer.
const FLUSH: u64 = 5;

pub(super) fn kind(parameters: &ParametersSpec) -> WorkloadKind {
    let workload = parameters.workload.as_ref();
    workload
        .and_then(|workload| workload.kind)
        .unwrap_or_default()
}

pub(super) fn workload(
    gateway: &Rendered<'_>,
    parameters: &ParametersSpec,
    arguments: &[String],
) -> Value {
    let mut template = gateway.metadata();
    if let Value::Object(template) = &mut template {
        template.remove("name");
        template.remove("namespace");
    }
    let kind = match kind(parameters) {
        WorkloadKind::Deployment => "Deployment",
        WorkloadKind::DaemonSet => "DaemonSet",
    };
    json!({
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": gateway.metadata(),
        "spec": {
            "selector": { "matchLabels": gateway.selector() },
            "template": { "metadata": template, "spec": pod(gateway, parameters, arguments) },
        },
    })
}

fn pod(gateway: &Rendered<'_>, parameters: &ParametersSpec, arguments: &[String]) -> Value {
    let lowest = gateway.ports.iter().map(|port| port.number).min();
    // A capability is of no use to a user who is not root.
    let sysctls = lowest.filter(|port| *port < 1024).map(|lowest| {
        let name = "net.ipv4.ip_unprivileged_port_start";
        json!([{ "name": name, "value": lowest.to_string() }])
    });
    let mut security = json!({
        "runAsNonRoot": true,
        "runAsUser": 65532,
        "seccompProfile": { "type": "RuntimeDefault" },
    });
    if let (Some(sysctls), Value::Object(security)) = (sysctls, &mut security) {
        security.insert("sysctls".to_owned(), sysctls);
    }
    let longest = parameters
        .shutdown
        .map_or(USUAL_SHUTDOWN, |shutdown| shutdown.max);
    let config = gateway.config_name();
    json!({
        "serviceAccountName": gateway.name(),
        "automountServiceAccountToken": false,
        "terminationGracePeriodSeconds": longest.saturating_add(FLUSH),
        "securityContext": security,
        "containers": [container(gateway, parameters, arguments)],
        "volumes": [{
            "name": "config",
            "projected": { "sources": [
                { "configMap": { "name": config } },
                { "secret": { "name": config, "optional": true } },
            ] },
        }],
    })
}

fn container(gateway: &Rendered<'_>, parameters: &ParametersSpec, arguments: &[String]) -> Value {
    let probe = |path: &str, seconds: u32| {
        json!({
            "httpGet": { "path": path, "port": "admin" },
            "periodSeconds": seconds,
        })
    };
    let admin = gateway.admin_port();
    let mut ports = gateway.named();
    let names = PortNames::of_container("admin").all(&ports);
    let names = names.iter().map(String::as_str).chain(["admin"]);
    ports.push(("admin", admin));
    let ports = names.zip(ports).map(
        |(name, (_, number))| json!({ "name": name, "containerPort": number, "protocol": "TCP" }),
    );
    let ports: Vec<Value> = ports.collect();
    let own = [
        "run".to_owned(),
        "--config".to_owned(),
        MOUNT.to_owned(),
        "--admin".to_owned(),
        format!("0.0.0.0:{admin}"),
    ];
    // The kubelet puts variables in the place of `$(NAME)`.
    let arguments = own.iter().chain(arguments);
    let arguments: Vec<String> = arguments.map(|it| it.replace("$(", "$$(")).collect();
    let mut container = json!({
        "name": "agentgateway",
        "image": image(parameters.image.as_ref()),
        "args": arguments,
        "ports": ports,
        "readinessProbe": probe("/readyz", 5),
        "livenessProbe": probe("/livez", 10),
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        },
        "volumeMounts": [{ "name": "config", "mountPath": MOUNT, "readOnly": true }],
    });
    if let Value::Object(container) = &mut container {
        let policy = parameters
            .image
            .as_ref()
            .and_then(|image| image.pull_policy.as_ref());
        container.extend(policy.map(|policy| ("imagePullPolicy".to_owned(), json!(policy))));
        let resources = parameters.resources.as_ref();
        container.extend(resources.map(|resources| ("resources".to_owned(), resources.clone())));
        let env = parameters.env.iter();
        let env: Vec<Value> = env.map(|one| variable(gateway, one)).collect();
        if !env.is_empty() {
            container.insert("env".to_owned(), Value::Array(env));
        }
    }
    container
}

pub(super) fn image(image: Option<&Image>) -> String {
    let image = image.cloned().unwrap_or_default();
    let repository = image
        .repository
        .unwrap_or_else(|| "agentgateway".to_owned());
    let place = match image.registry {
        Some(registry) => format!("{}/{repository}", registry.trim_end_matches('/')),
        None => repository,
    };
    match (image.tag, image.digest) {
        (Some(tag), Some(digest)) => format!("{place}:{tag}@{digest}"),
        (None, Some(digest)) => format!("{place}@{digest}"),
        (Some(tag), None) => format!("{place}:{tag}"),
        (None, None) => format!("{place}:{}", env!("CARGO_PKG_VERSION")),
    }
}

/// The key of the Secret beside the configuration that holds the value of a variable.
pub(super) fn key_of(variable: &EnvVar) -> String {
    format!("env.{}", variable.name)
}

/// A variable of the container. Its value may be a credential, so that it stands in the Secret beside the
/// configuration, never here.
fn variable(gateway: &Rendered<'_>, variable: &EnvVar) -> Value {
    let mut shown = Map::new();
    shown.insert("name".to_owned(), json!(variable.name));
    let Some(from) = &variable.value_from else {
        let from = json!({
            "name": gateway.config_name(),
            "key": key_of(variable),
            "optional": true,
        });
        shown.insert("valueFrom".to_owned(), json!({ "secretKeyRef": from }));
        return Value::Object(shown);
    };
    let mut source = Map::new();
    let keys = [
        ("configMapKeyRef", &from.config_map_key_ref),
        ("secretKeyRef", &from.secret_key_ref),
    ];
    for (name, key) in keys {
        if let Some(key) = key {
            let reference = if key.optional {
                json!({ "name": key.name, "key": key.key, "optional": true })
            } else {
                json!({ "name": key.name, "key": key.key })
            };
            source.insert(name.to_owned(), reference);
        }
    }
    let unread = [
        ("fieldRef", &from.field_ref),
        ("resourceFieldRef", &from.resource_field_ref),
        ("fileKeyRef", &from.file_key_ref),
    ];
    for (name, value) in unread {
        source.extend(value.as_ref().map(|value| (name.to_owned(), value.clone())));
    }
    shown.insert("valueFrom".to_owned(), Value::Object(source));
    Value::Object(shown)
}
