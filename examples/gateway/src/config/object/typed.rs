//! An object of the configuration, with its type.

use super::Place;
use crate::config::Problem;
use crate::config::resource::{
    BackendSpec, ConfigMap, EndpointSlice, FluxKustomization, GatewayClassSpec, GatewaySpec,
    GrantSpec, GrpcRouteSpec, HttpRouteSpec, LocalProcessSpec, ObjectMeta, ParametersSpec,
    PolicySpec, Reference, Secret, ServiceSpec,
};
use crate::config::yaml::Position;

/// One object, decoded and found to be as its kind wants it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Object {
    /// Which object it is. Its namespace is `default` where none is given, and empty for kinds
    /// that have none.
    pub reference: Reference,
    /// What it says about itself.
    pub meta: ObjectMeta,
    /// What it asks for.
    pub spec: Spec,
    /// Where it stands.
    pub place: Place,
    /// How often its spec has changed, from 1.
    pub generation: i64,
    /// Fields that it gives and that are not implemented.
    pub unimplemented: Vec<NotImplemented>,
}

/// A field that is given, known, and not implemented.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotImplemented {
    /// Which.
    pub path: String,
    /// Where it stands.
    pub at: Position,
    /// Whether it guards access: what it is for is not served then.
    pub guards: bool,
}

impl Object {
    /// A problem of a field of this object, with its position.
    #[must_use]
    pub fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        self.place
            .problem(&self.reference.to_string(), path, message)
    }

    /// What a reader should know of an object that has no effect; `None` for one that has.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let Reference { group, kind, .. } = &self.reference;
        let group = if group.is_empty() { "the core" } else { group };
        (self.spec == Spec::Foreign)
            .then(|| format!("{kind} of {group} is not served here and has no effect"))
    }

    /// When it was made, RFC 3339 in UTC; empty when that is not known, which sorts as the oldest.
    #[must_use]
    pub fn created(&self) -> &str {
        self.meta.creation_timestamp.as_deref().unwrap_or_default()
    }
}

/// What an object asks for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Spec {
    /// `GatewayClass`.
    GatewayClass(GatewayClassSpec),
    /// `Gateway`.
    Gateway(Box<GatewaySpec>),
    /// `HTTPRoute`.
    HttpRoute(HttpRouteSpec),
    /// `GRPCRoute`.
    GrpcRoute(GrpcRouteSpec),
    /// `ReferenceGrant`.
    ReferenceGrant(GrantSpec),
    /// `Service`.
    Service(ServiceSpec),
    /// `EndpointSlice`.
    EndpointSlice(EndpointSlice),
    /// `Secret`.
    Secret(Secret),
    /// `ConfigMap`.
    ConfigMap(ConfigMap),
    /// `Namespace`.
    Namespace,
    /// `AgentgatewayParameters`.
    Parameters(Box<ParametersSpec>),
    /// `AgentgatewayBackend`.
    Backend(Box<BackendSpec>),
    /// `AgentgatewayPolicy`.
    Policy(Box<PolicySpec>),
    /// `LocalProcess`.
    LocalProcess(LocalProcessSpec),
    /// `Kustomization` of Flux.
    FluxKustomization(Box<FluxKustomization>),
    /// A kind that is known to exist and is not served: it has no effect, and a note says so.
    Foreign,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident: $variant:ident($spec:ty))*) => {
        impl Spec {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name(&self) -> Option<&$spec> {
                    match self {
                        Self::$variant(spec) => Some(spec),
                        _ => None,
                    }
                }
            )*
        }
    };
}

parts! {
    /// The spec of a GatewayClass.
    gateway_class: GatewayClass(GatewayClassSpec)
    /// The spec of a Gateway.
    gateway: Gateway(GatewaySpec)
    /// The spec of an HTTPRoute.
    http_route: HttpRoute(HttpRouteSpec)
    /// The spec of a GRPCRoute.
    grpc_route: GrpcRoute(GrpcRouteSpec)
    /// The spec of a ReferenceGrant.
    grant: ReferenceGrant(GrantSpec)
    /// The spec of a Service.
    service: Service(ServiceSpec)
    /// An EndpointSlice.
    endpoint_slice: EndpointSlice(EndpointSlice)
    /// A Secret.
    secret: Secret(Secret)
    /// A ConfigMap.
    config_map: ConfigMap(ConfigMap)
    /// The spec of an AgentgatewayParameters.
    parameters: Parameters(ParametersSpec)
    /// The spec of an AgentgatewayBackend.
    backend: Backend(BackendSpec)
    /// The spec of an AgentgatewayPolicy.
    policy: Policy(PolicySpec)
    /// The spec of a LocalProcess.
    local_process: LocalProcess(LocalProcessSpec)
    /// The spec of a Kustomization of Flux.
    flux: FluxKustomization(FluxKustomization)
}
