//! The kinds that are read: their groups, versions and types.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Spec;
use crate::config::resource::{
    BackendSpec, ConfigMap, EndpointSlice, FluxKustomization, GatewayClassSpec, GatewaySpec,
    GrantSpec, GrpcRouteSpec, HttpRouteSpec, LocalProcessSpec, Namespace, ParametersSpec,
    PolicySpec, Secret, ServiceSpec,
};

pub(crate) const GATEWAY: &str = "gateway.networking.k8s.io";
pub(crate) const AGENTGATEWAY: &str = "agentgateway.dev";
pub(crate) const OWN: &str = "gateway.agentgateway.dev";
const DISCOVERY: &str = "discovery.k8s.io";
const FLUX: &str = "kustomize.toolkit.fluxcd.io";

/// Where the typed part of an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// In `spec`.
    Spec,
    /// In `spec`, which may be left out.
    OptionalSpec,
    /// Beside `metadata`.
    Top,
}

/// One kind.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) group: &'static str,
    pub(crate) name: &'static str,
    /// The versions that are read, the preferred one first.
    pub(crate) versions: &'static [&'static str],
    pub(crate) namespaced: bool,
    pub(crate) body: Body,
    read: Read,
    schema: Describe,
}

type Read = fn(Value) -> Result<Spec, serde_json::Error>;
type Describe = fn(&mut SchemaGenerator) -> Schema;

impl Kind {
    const fn new(
        group: &'static str,
        name: &'static str,
        versions: &'static [&'static str],
        schema: Describe,
        read: Read,
    ) -> Self {
        Self {
            group,
            name,
            versions,
            namespaced: true,
            body: Body::Spec,
            read,
            schema,
        }
    }

    const fn cluster_wide(self) -> Self {
        Self {
            namespaced: false,
            ..self
        }
    }

    const fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// The typed part of an object of this kind.
    pub(crate) fn read(&self, body: Value) -> Result<Spec, serde_json::Error> {
        (self.read)(body)
    }

    /// The schema of the typed part.
    pub(crate) fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }

    /// The values of `apiVersion` that are read.
    pub(crate) fn api_versions(&self) -> impl Iterator<Item = String> {
        let versions = self.versions.iter();
        versions.map(|version| api_version(self.group, version))
    }
}

/// `group/version`, or the version alone for the core.
pub(crate) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    }
}

fn typed<T: DeserializeOwned>(
    body: Value,
    wrap: impl FnOnce(T) -> Spec,
) -> Result<Spec, serde_json::Error> {
    serde_json::from_value(body).map(wrap)
}

fn boxed<T: DeserializeOwned>(
    body: Value,
    wrap: impl FnOnce(Box<T>) -> Spec,
) -> Result<Spec, serde_json::Error> {
    typed(body, |spec| wrap(Box::new(spec)))
}

fn describe<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

const V1: &[&str] = &["v1"];
const STABLE: &[&str] = &["v1", "v1beta1"];
const ALPHA: &[&str] = &["v1alpha1"];

/// All kinds that are read.
pub(crate) const KINDS: &[Kind] = &[
    Kind::new(
        GATEWAY,
        "GatewayClass",
        STABLE,
        describe::<GatewayClassSpec>,
        |body| typed(body, Spec::GatewayClass),
    )
    .cluster_wide(),
    Kind::new(
        GATEWAY,
        "Gateway",
        STABLE,
        describe::<GatewaySpec>,
        |body| boxed(body, Spec::Gateway),
    ),
    Kind::new(
        GATEWAY,
        "HTTPRoute",
        STABLE,
        describe::<HttpRouteSpec>,
        |body| typed(body, Spec::HttpRoute),
    ),
    Kind::new(
        GATEWAY,
        "GRPCRoute",
        V1,
        describe::<GrpcRouteSpec>,
        |body| typed(body, Spec::GrpcRoute),
    ),
    Kind::new(
        GATEWAY,
        "ReferenceGrant",
        STABLE,
        describe::<GrantSpec>,
        |body| typed(body, Spec::ReferenceGrant),
    ),
    Kind::new("", "Service", V1, describe::<ServiceSpec>, |body| {
        typed(body, Spec::Service)
    })
    .body(Body::OptionalSpec),
    Kind::new("", "Secret", V1, describe::<Secret>, |body| {
        typed(body, Spec::Secret)
    })
    .body(Body::Top),
    Kind::new("", "ConfigMap", V1, describe::<ConfigMap>, |body| {
        typed(body, Spec::ConfigMap)
    })
    .body(Body::Top),
    Kind::new("", "Namespace", V1, describe::<Namespace>, |_| {
        Ok(Spec::Namespace)
    })
    .cluster_wide()
    .body(Body::OptionalSpec),
    Kind::new(
        DISCOVERY,
        "EndpointSlice",
        V1,
        describe::<EndpointSlice>,
        |body| typed(body, Spec::EndpointSlice),
    )
    .body(Body::Top),
    Kind::new(
        AGENTGATEWAY,
        "AgentgatewayParameters",
        ALPHA,
        describe::<ParametersSpec>,
        |body| boxed(body, Spec::Parameters),
    ),
    Kind::new(
        AGENTGATEWAY,
        "AgentgatewayBackend",
        ALPHA,
        describe::<BackendSpec>,
        |body| boxed(body, Spec::Backend),
    ),
    Kind::new(
        AGENTGATEWAY,
        "AgentgatewayPolicy",
        ALPHA,
        describe::<PolicySpec>,
        |body| boxed(body, Spec::Policy),
    ),
    Kind::new(
        OWN,
        "LocalProcess",
        ALPHA,
        describe::<LocalProcessSpec>,
        |body| typed(body, Spec::LocalProcess),
    ),
    Kind::new(
        FLUX,
        "Kustomization",
        V1,
        describe::<FluxKustomization>,
        |body| boxed(body, Spec::FluxKustomization),
    ),
];

/// Kinds of groups of which others are read, that exist and are not served.
const KNOWN: &[(&str, &[&str])] = &[
    (
        GATEWAY,
        &[
            "ListenerSet",
            "TLSRoute",
            "TCPRoute",
            "UDPRoute",
            "BackendTLSPolicy",
        ],
    ),
    (AGENTGATEWAY, &["AgentgatewayModel"]),
    (
        "",
        &[
            "Binding",
            "Endpoints",
            "Event",
            "LimitRange",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "ServiceAccount",
        ],
    ),
    (DISCOVERY, &[]),
    (OWN, &[]),
    (FLUX, &[]),
];

/// The kinds of a group that exist and are not served; `None` for a group of which none is read.
pub(crate) fn unserved(group: &str) -> Option<&'static [&'static str]> {
    let found = KNOWN.iter().find(|(name, _)| *name == group);
    found.map(|(_, kinds)| *kinds)
}

/// Whether an object is one that decides what is served, or is probably meant to be.
pub(crate) fn is_served(group: &str, kind: &str) -> bool {
    !matches!(group, "" | FLUX) && groups().any(|known| known == group)
        || group.is_empty() && kind == "Service"
}

/// The groups of which kinds are read.
pub(crate) fn groups() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|(group, _)| *group)
}

/// The kind of an `apiVersion` and a name, if it is read.
pub(crate) fn find(api_version: &str, name: &str) -> Option<&'static Kind> {
    let mut kinds = KINDS.iter();
    kinds.find(|kind| kind.name == name && kind.api_versions().any(|one| one == api_version))
}
