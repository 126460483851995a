//! AgentgatewayPolicy, `agentgateway.dev/v1alpha1`.

mod ai;
mod authentication;
mod authorization;
mod backend;
mod backend_auth;
mod budget;
mod cloud_auth;
mod concurrency;
mod conditional;
mod connections;
mod credential;
mod direct_response;
mod ext_auth;
mod ext_proc;
mod frontend;
mod mcp;
mod oauth;
mod prompt_guard;
mod rate_limit;
mod requests;
mod spec;
mod telemetry;
mod traffic;
mod transformation;

pub(crate) use self::conditional::{Case, Conditioned};
pub use self::{
    ai::{
        AiPolicies, FieldExpression, FieldValue, ModelRoute, PromptCaching, PromptMessage,
        PromptMessages,
    },
    authentication::{
        ApiKeyAuthentication, AuthenticationMode, BasicAuthentication, BasicMode, IdentityProduct,
        JwtAuthentication, JwtMcp, JwtProvider,
    },
    authorization::{Authorization, AuthorizationAction, AuthorizationRule},
    backend::{
        BackendHealth, BackendHttp, BackendPolicies, BackendTcp, BackendTls, BackendTunnel,
        CaCertificateRef, Eviction, HttpVersion, PeerPolicies, TcpKeepalive,
    },
    backend_auth::{BackendAuth, CredentialRef, PlacedCredential},
    budget::Budget,
    cloud_auth::{
        AssumeRole, AwsAuth, AzureAuth, Empty, GcpAuth, GcpToken, ManagedIdentity, SessionTag,
    },
    concurrency::Concurrency,
    conditional::Conditional,
    connections::{FrontendTcp, FrontendTls},
    credential::{
        CredentialPlace, CredentialSource, HeaderPlace, Jwks, NamedPlace, RemoteJwks, SecretLabels,
        WholeSecretRef,
    },
    direct_response::{DirectResponse, DirectResponsePolicy, ResponseHeader},
    ext_auth::{ExtAuth, ExtAuthCache, ExtAuthGrpc, ExtAuthHttp, ExtAuthPolicy, ForwardBody},
    ext_proc::{BodyMode, ExtProc, ExtProcPolicy, ProcessingOptions, SendMode},
    frontend::{ConnectPolicy, FrontendHttp, FrontendPolicies, ProxyProtocol},
    mcp::{McpAuthentication, McpGuardrails, McpInspection, McpPolicies, McpProcessor, McpRemote},
    oauth::{
        ActorToken, ClientAuth, ClientMethod, CrossAppAccess, GrantType, JwtSign, MemoryCache,
        PrivateKeyJwt, SigningAlgorithm, SubjectToken, TokenCache, TokenEndpoint, TokenExchange,
        TokenType,
    },
    prompt_guard::{
        BedrockAuth, BedrockGuardrails, GoogleAuth, GoogleModelArmor, GuardAction, GuardResponse,
        GuardScope, KeyAuth, KnownPattern, OpenAiModeration, PromptGuard, RegexGuard, RequestGuard,
        ResponseGuard, WebhookGuard,
    },
    rate_limit::{
        GlobalLimit, LimitDescriptor, LimitEntry, LimitUnit, LocalLimit, RateLimit,
        RateLimitPolicy, TimeUnit,
    },
    requests::{BodyBuffer, Buffer, Csrf, Delay, Retry, TrafficPhase},
    spec::{Inheritance, PolicySpec, PolicyStrategy, TargetRef, TargetSelector},
    telemetry::{
        AccessLogExport, AccessLogSpec, AttributeRules, CollectorRef, Expr, MetricLabels,
        MetricsPolicy, NamedExpression, TracingProtocol, TracingSpec,
    },
    traffic::{HeaderModifiers, HostRewrite, HostRewriteMode, TrafficPolicies, TrafficTimeouts},
    transformation::{Changes, HeaderExpression, Transformation, TransformationPolicy},
};
