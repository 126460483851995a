//! All objects of a deployment.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::fit::PortNames;
use super::merge::merged;
use super::names::{ADMIN_PORT, Rendered};
use super::workload::{image, key_of, kind, workload};
use crate::config::compile::{Options, compile};
use crate::config::object::Store;
use crate::config::resource::{Overlay, ParametersSpec, WorkloadKind};

const AGENTGATEWAY: &str = "agentgateway.dev";
const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// The most that a ConfigMap or a Secret holds, in bytes.
const MOST: usize = 1024 * 1024;

/// What is rendered, and for whom.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "the verb fills it")]
pub struct Asked<'a> {
    /// The rendered configuration without what is secret.
    pub config: &'a str,
    /// What is secret of it, where that may be shown; it may be empty.
    pub secrets: Option<&'a str>,
    /// What the process is told beside its own Gateway.
    pub arguments: &'a [String],
}

/// What a cluster is given.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Deployed {
    /// The objects, those of one Gateway behind each other.
    pub objects: Vec<Value>,
    /// What is worth knowing of them, a sentence each.
    pub remarks: Vec<String>,
}

/// What runs the Gateways of a configuration that are served under these options, with the
/// configuration in a ConfigMap. Each has pods of its own, which serve no other.
///
/// What is secret is mounted beside it: a Secret that is made by other means (of the ConfigMap's name)
/// is used when it is there; what is in it is configuration, and `env.NAME` the value of a variable.
#[must_use]
pub fn deployment(store: &Store, options: &Options, asked: Asked<'_>) -> Deployed {
    let mut deployed = Deployed::default();
    for gateway in store.all(GATEWAY_API, "Gateway") {
        let Some(spec) = gateway.spec.gateway() else {
            continue;
        };
        let reference = &gateway.reference;
        if !options.only.is_empty() && !options.only.contains(reference) {
            continue;
        }
        let class = store.find(GATEWAY_API, "GatewayClass", "", &spec.gateway_class_name);
        let class = class.and_then(|class| class.spec.gateway_class());
        if class.is_none_or(|class| class.controller_name != options.controller_name) {
            continue;
        }
        let infrastructure = spec.infrastructure.as_ref();
        let parameters = infrastructure.and_then(|given| given.parameters_ref.as_ref());
        let parameters = parameters.and_then(|to| {
            let namespace = &reference.namespace;
            let found = store.find(AGENTGATEWAY, "AgentgatewayParameters", namespace, &to.name)?;
            found.spec.parameters()
        });
        let of_class = class.and_then(|class| class.parameters_ref.as_ref());
        let of_class = of_class.and_then(|to| {
            let namespace = to.namespace.as_deref().unwrap_or_default();
            let found = store.find(AGENTGATEWAY, "AgentgatewayParameters", namespace, &to.name)?;
            found.spec.parameters()
        });
        let parameters = filled(parameters, of_class);
        let mut alone = options.clone();
        alone.only = BTreeSet::from([reference.clone()]);
        let snapshot = compile(store, &alone).snapshot;
        let rendered = Rendered::new(gateway, spec, &snapshot);
        deployed.gateway(&rendered, &parameters, asked);
    }
    deployed
}

/// What a Gateway's parameters say of its workload, and where they say nothing those of its class. Variables of a class
/// are not its workload's, whose namespace may be another: the process reads them in the configuration.
fn filled(own: Option<&ParametersSpec>, class: Option<&ParametersSpec>) -> ParametersSpec {
    let mut own = own.cloned().unwrap_or_default();
    let Some(class) = class.cloned() else {
        return own;
    };
    own.shutdown = own.shutdown.or(class.shutdown);
    own.workload = own.workload.or(class.workload);
    own.image = own.image.or(class.image);
    own.resources = own.resources.or(class.resources);
    own.deployment = own.deployment.or(class.deployment);
    own.daemon_set = own.daemon_set.or(class.daemon_set);
    own.service = own.service.or(class.service);
    own.service_account = own.service_account.or(class.service_account);
    own
}

impl Deployed {
    fn gateway(&mut self, gateway: &Rendered<'_>, parameters: &ParametersSpec, asked: Asked<'_>) {
        let reference = &gateway.object.reference;
        let mut of_config = gateway.metadata();
        if let Some(fields) = of_config.as_object_mut() {
            fields.insert("name".to_owned(), json!(gateway.config_name()));
        }
        let config = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": of_config,
            "data": { "config.yaml": asked.config },
        });
        let secret = asked
            .secrets
            .and_then(|secrets| secret(&of_config, parameters, secrets));
        let account = json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": gateway.metadata(),
        });
        let over = match kind(parameters) {
            WorkloadKind::Deployment => parameters.deployment.as_ref(),
            WorkloadKind::DaemonSet => parameters.daemon_set.as_ref(),
        };
        let own = format!("{}/{}", reference.namespace, reference.name);
        let arguments = ["--gateway".to_owned(), own];
        let arguments = [&arguments[..], asked.arguments].concat();
        self.remark(gateway, parameters, asked);
        let service = laid_over(service(gateway), parameters.service.as_ref());
        let workload = laid_over(workload(gateway, parameters, &arguments), over);
        let account = laid_over(account, parameters.service_account.as_ref());
        let objects = [account, config].into_iter().chain(secret);
        self.objects.extend(objects.chain([service, workload]));
    }

    fn remark(&mut self, gateway: &Rendered<'_>, parameters: &ParametersSpec, asked: Asked<'_>) {
        let of = &gateway.object.reference;
        let mut remark = |text: String| self.remarks.push(format!("{of}: {text}"));
        let named = parameters.image.as_ref();
        if named.is_none_or(|image| image.registry.is_none() && image.repository.is_none()) {
            remark(format!(
                "no AgentgatewayParameters name its image: {} is pulled from where nodes look first; set spec.image",
                image(named)
            ));
        }
        if gateway.name() != of.name {
            remark(format!(
                "no Service can have its name: its objects are called {}",
                gateway.name()
            ));
        }
        if gateway.admin_port() != ADMIN_PORT {
            remark(format!(
                "a listener has port {ADMIN_PORT}: liveness, readiness and metrics are on {}",
                gateway.admin_port()
            ));
        }
        let held = [("ConfigMap", Some(asked.config)), ("Secret", asked.secrets)];
        for (kind, text) in held {
            let length = text.map_or(0, str::len);
            if length > MOST {
                remark(format!(
                    "{kind} {} has {length} bytes, and an API server takes {MOST}: have the manifests elsewhere, and mount that in spec.deployment",
                    gateway.config_name()
                ));
            }
        }
    }
}

/// The Secret beside the configuration, where anything is in it.
fn secret(metadata: &Value, parameters: &ParametersSpec, secrets: &str) -> Option<Value> {
    let mut data = Map::new();
    if !secrets.is_empty() {
        data.insert("secrets.yaml".to_owned(), secrets.into());
    }
    for variable in parameters.env.iter().filter(|one| one.value_from.is_none()) {
        let value = variable.value.clone().unwrap_or_default();
        data.insert(key_of(variable), value.into());
    }
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "Opaque",
        "stringData": data,
    });
    (!data.is_empty()).then_some(secret)
}

fn service(gateway: &Rendered<'_>) -> Value {
    let names = PortNames::of_service().all(&gateway.named());
    let ports = gateway.ports.iter().zip(names).map(|(port, name)| {
        json!({
            "name": name,
            "port": port.number,
            "targetPort": port.number,
            "protocol": "TCP",
            "appProtocol": port.app_protocol,
        })
    });
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": gateway.metadata(),
        "spec": {
            "type": "ClusterIP",
            "selector": gateway.selector(),
            "ports": ports.collect::<Vec<_>>(),
        },
    })
}

fn laid_over(object: Value, overlay: Option<&Overlay>) -> Value {
    let Some(overlay) = overlay else {
        return object;
    };
    let (labels, annotations) = (&overlay.metadata.labels, &overlay.metadata.annotations);
    let metadata = if annotations.is_empty() {
        json!({ "labels": labels })
    } else {
        json!({ "labels": labels, "annotations": annotations })
    };
    let over = match &overlay.spec {
        Some(spec) => json!({ "metadata": metadata, "spec": spec }),
        None => json!({ "metadata": metadata }),
    };
    merged(object, &over)
}
