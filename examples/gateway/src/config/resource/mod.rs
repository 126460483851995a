//! The kinds of objects that a configuration is made of, as their specifications write them.
//!
//! Each type is read by `serde` and described by its JSON Schema, so that what is checked, what is
//! read and what is published are one. A field with `x-not-implemented` in its schema is known and
//! has no effect yet: it is named in a condition and by `check`.

mod backend;
mod common;
mod core;
mod duration;
mod flux;
mod gateway;
mod grant;
mod grpc_route;
mod http_route;
mod meta;
mod parameters;
mod policy;
mod process;
mod quantity;
mod rule;
pub mod text;

pub use self::{
    backend::{
        A2aSpec, AiProvider, AiSpec, BackendSpec, CustomFormat, CustomProvider, FailureMode,
        FormatType, LocalRef, McpSelector, McpSpec, McpStatic, McpTarget, McpTransport, ModelOnly,
        PrefixMode, ProviderGroup, SessionRouting, StaticSpec,
    },
    common::{BackendRef, LabelSelector, Operator, ParentRef, Requirement, Unread},
    core::{
        ConfigMap, Endpoint, EndpointConditions, EndpointPort, EndpointSlice, Namespace, Secret,
        Service, ServicePort, ServiceSpec,
    },
    duration::duration,
    flux::{
        Dependency, FluxKustomization, HealthCheck, HealthCheckExpr, PostBuild, SubstituteFrom,
        VariableSource,
    },
    gateway::{
        Address, AllowedRoutes, ClassParametersRef, FromNamespaces, GatewayClassSpec, GatewaySpec,
        Infrastructure, ListenerSpec, ListenerTls, ParametersRef, RouteGroupKind, RouteNamespaces,
        SecretRef, TlsMode,
    },
    grant::{GrantFrom, GrantSpec, GrantTo},
    grpc_route::{
        GrpcBackendRef, GrpcFilter, GrpcFilterType, GrpcMatch, GrpcMethod, GrpcMethodType,
        GrpcRouteSpec, GrpcRule,
    },
    http_route::{
        CorsSpec, FilterType, HeaderFilter, HttpBackendRef, HttpFilter, HttpMatch, HttpMethod,
        HttpRouteSpec, HttpRule, MatchType, MirrorFraction, NameValue, PathMatchSpec,
        PathMatchType, PathModifier, PathModifierType, RequestMirror, RequestRedirect, Timeouts,
        UrlRewrite, ValueMatchSpec,
    },
    meta::{ObjectMeta, Reference},
    parameters::{
        EnvVar, EnvVarSource, Image, KeyRef, LogFormat, Logging, Overlay, OverlayMeta,
        ParametersSpec, Shutdown, Workload, WorkloadKind,
    },
    policy::{
        AccessLogSpec, AttributeRules, BackendAuth, BackendHttp, BackendPolicies, BackendTcp,
        BackendTls, CollectorRef, CredentialRef, Expr, FrontendHttp, FrontendPolicies,
        HeaderModifiers, HostRewrite, HostRewriteMode, HttpVersion, NamedExpression, PolicySpec,
        TargetRef, TargetSelector, TracingProtocol, TracingSpec, TrafficPolicies, TrafficTimeouts,
    },
    process::LocalProcessSpec,
    quantity::Quantity,
};
