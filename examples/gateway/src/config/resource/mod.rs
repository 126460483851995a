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
mod gateway_tls;
mod grant;
mod grpc_route;
mod http_route;
mod mesh;
mod meta;
mod parameters;
mod pod;
mod policy;
mod process;
mod provider;
mod quantity;
mod raw;
mod rule;
mod session;
pub mod text;

pub(crate) use self::policy::{Case, Conditioned};
pub use self::{
    backend::{
        A2aSpec, AiProvider, AiSpec, BackendSpec, CustomFormat, CustomProvider, FailureMode,
        FormatType, LocalRef, McpEra, McpSelector, McpSpec, McpStatic, McpTarget, McpTransport,
        ModelOnly, PrefixMode, ProviderGroup, SessionRouting, StaticSpec,
    },
    common::{
        BackendRef, ExtensionRef, LabelSelector, Operator, ParentRef, Requirement, Tree, Unread,
    },
    core::{
        ConfigMap, Endpoint, EndpointConditions, EndpointPort, EndpointSlice, Namespace, Secret,
        Service, ServicePort, ServiceSpec,
    },
    duration::duration,
    flux::{
        CommonMetadata, Dependency, FluxKustomization, FluxSource, HealthCheck, HealthCheckExpr,
        PostBuild, SubstituteFrom, VariableSource,
    },
    gateway::{
        Address, AllowedListeners, AllowedRoutes, ClassParametersRef, FromNamespaces,
        GatewayClassSpec, GatewaySpec, Infrastructure, ListenerNamespaces, ListenerSpec,
        ListenerTls, ParametersRef, RouteGroupKind, RouteNamespaces, SecretRef, TlsMode,
    },
    gateway_tls::{
        AuthorityRef, ClientTls, ClientValidation, GatewayBackendTls, GatewayFrontendTls,
        GatewayTls, PortTls,
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
    mesh::{
        CatalogMap, CatalogSource, Istio, ModelCatalog, Spiffe, SpiffeDriver, SpiffeFolder,
        SpiffeSource,
    },
    meta::{ObjectMeta, Reference},
    parameters::{
        EnvVar, EnvVarSource, Image, KeyRef, LogFormat, Logging, Overlay, OverlayMeta,
        ParametersSpec, Shutdown, Workload, WorkloadKind,
    },
    policy::{
        AccessLogExport, AccessLogSpec, ActorToken, AiPolicies, ApiKeyAuthentication, AssumeRole,
        AttributeRules, AuthenticationMode, Authorization, AuthorizationAction, AuthorizationRule,
        AwsAuth, AzureAuth, BackendAuth, BackendHealth, BackendHttp, BackendPolicies, BackendTcp,
        BackendTls, BackendTunnel, BasicAuthentication, BasicMode, BedrockAuth, BedrockGuardrails,
        BodyBuffer, BodyMode, Budget, Buffer, CaCertificateRef, Changes, ClientAuth, ClientMethod,
        CollectorRef, Concurrency, Conditional, ConnectPolicy, CredentialPlace, CredentialRef,
        CredentialSource, CrossAppAccess, Csrf, Delay, DirectResponse, DirectResponsePolicy, Empty,
        Eviction, Expr, ExtAuth, ExtAuthCache, ExtAuthGrpc, ExtAuthHttp, ExtAuthPolicy, ExtProc,
        ExtProcPolicy, FieldExpression, FieldValue, ForwardBody, FrontendHttp, FrontendPolicies,
        FrontendTcp, FrontendTls, GcpAuth, GcpToken, GlobalLimit, GoogleAuth, GoogleModelArmor,
        GrantType, GuardAction, GuardResponse, GuardScope, HeaderExpression, HeaderModifiers,
        HeaderPlace, HostRewrite, HostRewriteMode, HttpVersion, IdentityProduct, Inheritance, Jwks,
        JwtAuthentication, JwtMcp, JwtProvider, JwtSign, KeyAuth, KnownPattern, LimitDescriptor,
        LimitEntry, LimitUnit, LocalLimit, ManagedIdentity, McpAuthentication, McpGuardrails,
        McpInspection, McpPolicies, McpProcessor, McpRemote, MemoryCache, MetricLabels,
        MetricsPolicy, ModelRoute, NamedExpression, NamedPlace, OpenAiModeration, PeerPolicies,
        PlacedCredential, PolicySpec, PolicyStrategy, PrivateKeyJwt, ProcessingOptions,
        PromptCaching, PromptGuard, PromptMessage, PromptMessages, ProxyProtocol, RateLimit,
        RateLimitPolicy, RegexGuard, RemoteJwks, RequestGuard, ResponseGuard, ResponseHeader,
        Retry, SecretLabels, SendMode, SessionTag, SigningAlgorithm, SubjectToken, TargetRef,
        TargetSelector, TcpKeepalive, TimeUnit, TokenCache, TokenEndpoint, TokenExchange,
        TokenType, TracingProtocol, TracingSpec, TrafficPhase, TrafficPolicies, TrafficTimeouts,
        Transformation, TransformationPolicy, WebhookGuard, WholeSecretRef,
    },
    process::LocalProcessSpec,
    provider::{
        AgentCore, AwsBackend, Azure, AzureOpenAi, Bedrock, BedrockGuardrail, Moderation,
        ModerationMode, ModerationPolicy, VertexAi,
    },
    quantity::Quantity,
    raw::{
        BackendKindName, CardKeys, Cards, Catalogue, CatalogueAgent, ClientCredentials, Discovery,
        Loops, LossKind, Messages, ModelLosses, ModelStreams, NamedBackend, OwnAgents, OwnLlm,
        OwnMcp, Owners, PushGuard, PushRelay, RawConfig, SecretKey, SignedCards, SpanContent,
        Streams, ToolLimit, ToolScopes, ToolWords, UnfinishedTasks, VerifyCards,
    },
    session::{CookieConfig, RouteRetry, SessionPersistence},
};
