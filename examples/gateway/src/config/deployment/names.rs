//! Names, labels and ports of rendered objects.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fit::{label_value, object_name};
use crate::config::object::Object;
use crate::config::resource::GatewaySpec;
use crate::config::snapshot::{Action, BackendKind, Listener, Outcome, Protocol, Snapshot};

/// The port of liveness, readiness and metrics, where no listener has it.
pub(super) const ADMIN_PORT: u16 = 15_000;

/// The Gateway that is rendered.
#[derive(Debug)]
pub(super) struct Rendered<'a> {
    pub(super) object: &'a Object,
    pub(super) spec: &'a GatewaySpec,
    pub(super) ports: Vec<Port>,
    name: String,
}

/// A port that pods and Service have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port {
    /// The name of the first listener that has it.
    pub(super) name: String,
    pub(super) number: u16,
    pub(super) app_protocol: &'static str,
}

impl<'a> Rendered<'a> {
    pub(super) fn new(object: &'a Object, spec: &'a GatewaySpec, snapshot: &Snapshot) -> Self {
        let mut ports: BTreeMap<u16, Port> = BTreeMap::new();
        let served = snapshot
            .gateways
            .iter()
            .find(|one| one.reference == object.reference);
        let served = served
            .map(|one| one.listeners.as_slice())
            .unwrap_or_default();
        for listener in &spec.listeners {
            ports.entry(listener.port).or_insert_with(|| Port {
                name: listener.name.clone(),
                number: listener.port,
                app_protocol: app_protocol(served, listener.port),
            });
        }
        let mut ports: Vec<Port> = ports.into_values().collect();
        let order = |port: &Port| spec.listeners.iter().position(|one| one.name == port.name);
        ports.sort_by_key(order);
        Self {
            object,
            spec,
            ports,
            name: object_name(&object.reference.name),
        }
    }

    /// What its objects are called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The port of liveness, readiness and metrics: one that no listener has.
    pub(super) fn admin_port(&self) -> u16 {
        let free = |port: &u16| self.ports.iter().all(|own| own.number != *port);
        (ADMIN_PORT..).find(free).unwrap_or(ADMIN_PORT)
    }

    /// The names and numbers of the ports.
    pub(super) fn named(&self) -> Vec<(&str, u16)> {
        let ports = self.ports.iter();
        ports
            .map(|port| (port.name.as_str(), port.number))
            .collect()
    }

    /// What the ConfigMap with the configuration is called.
    pub(super) fn config_name(&self) -> String {
        format!("{}-config", self.name())
    }

    /// What pods are chosen by; it never changes for a Gateway.
    pub(super) fn selector(&self) -> Value {
        json!({
            "app.kubernetes.io/name": "agentgateway",
            "gateway.networking.k8s.io/gateway-name": label_value(&self.object.reference.name),
        })
    }

    pub(super) fn metadata(&self) -> Value {
        let mut labels = Map::new();
        let given = self.spec.infrastructure.as_ref();
        for (name, value) in given.map(|given| &given.labels).into_iter().flatten() {
            labels.insert(name.clone(), json!(value));
        }
        labels.insert(
            "gateway.networking.k8s.io/gateway-class-name".to_owned(),
            json!(label_value(&self.spec.gateway_class_name)),
        );
        if let Value::Object(selector) = self.selector() {
            labels.extend(selector);
        }
        let mut metadata = json!({
            "name": self.name(),
            "namespace": self.object.reference.namespace,
            "labels": labels,
        });
        let annotations = given.map(|given| &given.annotations);
        if let (Some(annotations), Value::Object(metadata)) = (annotations, &mut metadata)
            && !annotations.is_empty()
        {
            metadata.insert("annotations".to_owned(), json!(annotations));
        }
        metadata
    }
}

/// What is spoken on a port, where all that answers there speaks the same.
fn app_protocol(listeners: &[Listener], port: u16) -> &'static str {
    let of_port = || listeners.iter().filter(|listener| listener.port == port);
    if of_port().any(|listener| matches!(listener.protocol, Protocol::Https(_))) {
        return "https";
    }
    let rules = of_port().flat_map(|listener| &listener.rules);
    let backends = rules.flat_map(|rule| match &rule.action {
        Action::Forward(backends) => backends.as_slice(),
        Action::Redirect(_) | Action::Describe(_) | Action::Receive(_) | Action::Invalid(_) => &[],
    });
    let mut spoken = backends.filter_map(|one| match &one.outcome {
        Outcome::Backend(backend) => Some(match &backend.kind {
            BackendKind::A2a(_) | BackendKind::Agents(_) => "agentgateway.dev/a2a",
            BackendKind::Mcp(_) => "agentgateway.dev/mcp",
            BackendKind::Http(_) | BackendKind::Ai(_) => "http",
        }),
        Outcome::Invalid(_) | Outcome::Unavailable(_) => None,
    });
    let first = spoken.next().unwrap_or("http");
    if spoken.all(|other| other == first) {
        first
    } else {
        "http"
    }
}
