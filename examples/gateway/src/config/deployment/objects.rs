//! All objects of a deployment.

use serde_json::{Map, Value, json};

use super::merge::merged;
use super::names::Rendered;
use super::workload::{key_of, kind, workload};
use crate::config::object::Store;
use crate::config::resource::{Overlay, ParametersSpec, WorkloadKind};
use crate::config::snapshot::Snapshot;

const AGENTGATEWAY: &str = "agentgateway.dev";
const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// What runs the Gateways of a configuration whose classes name this controller, with the
/// configuration in a ConfigMap.
///
/// `config` is the rendered configuration without what is secret; `secrets`, where that may be shown, what
/// is, or nothing. They are mounted beside each other, and a Secret that is made by other means (of the
/// Gateway's name with `-config` behind it) is used when it is there: what is in it is configuration, and
/// `env.NAME` the value of a variable.
#[must_use]
pub fn deployment(
    store: &Store,
    snapshot: &Snapshot,
    controller: &str,
    config: &str,
    secrets: Option<&str>,
) -> Vec<Value> {
    let mut objects = Vec::new();
    for gateway in store.all(GATEWAY_API, "Gateway") {
        let Some(spec) = gateway.spec.gateway() else {
            continue;
        };
        let class = store.find(GATEWAY_API, "GatewayClass", "", &spec.gateway_class_name);
        let class = class.and_then(|class| class.spec.gateway_class());
        if class.is_none_or(|class| class.controller_name != controller) {
            continue;
        }
        let infrastructure = spec.infrastructure.as_ref();
        let reference = infrastructure.and_then(|given| given.parameters_ref.as_ref());
        let parameters = reference.and_then(|to| {
            let namespace = &gateway.reference.namespace;
            let found = store.find(AGENTGATEWAY, "AgentgatewayParameters", namespace, &to.name)?;
            found.spec.parameters()
        });
        let usual = ParametersSpec::default();
        let rendered = Rendered::new(gateway, spec, snapshot);
        objects.extend(of_gateway(
            &rendered,
            parameters.unwrap_or(&usual),
            config,
            secrets,
        ));
    }
    objects
}

fn of_gateway(
    gateway: &Rendered<'_>,
    parameters: &ParametersSpec,
    config: &str,
    secrets: Option<&str>,
) -> Vec<Value> {
    let mut of_config = gateway.metadata();
    if let Some(fields) = of_config.as_object_mut() {
        fields.insert("name".to_owned(), json!(gateway.config_name()));
    }
    let config = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": of_config,
        "data": { "config.yaml": config },
    });
    let secret = secrets.and_then(|secrets| {
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
            "metadata": of_config,
            "type": "Opaque",
            "stringData": data,
        });
        (!data.is_empty()).then_some(secret)
    });
    let account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": gateway.metadata(),
    });
    let over = match kind(parameters) {
        WorkloadKind::Deployment => parameters.deployment.as_ref(),
        WorkloadKind::DaemonSet => parameters.daemon_set.as_ref(),
    };
    let mut objects = vec![
        laid_over(account, parameters.service_account.as_ref()),
        config,
    ];
    objects.extend(secret);
    objects.push(laid_over(service(gateway), parameters.service.as_ref()));
    objects.push(laid_over(workload(gateway, parameters), over));
    objects
}

fn service(gateway: &Rendered<'_>) -> Value {
    let ports = gateway.ports.iter().map(|port| {
        json!({
            "name": port.name,
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
