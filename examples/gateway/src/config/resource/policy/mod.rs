//! AgentgatewayPolicy, `agentgateway.dev/v1alpha1`.

mod backend;
mod backend_auth;
mod frontend;
mod spec;
mod telemetry;
mod traffic;

pub use self::{
    backend::{BackendHttp, BackendPolicies, BackendTcp, BackendTls, HttpVersion},
    backend_auth::{BackendAuth, CredentialRef},
    frontend::{FrontendHttp, FrontendPolicies},
    spec::{PolicySpec, TargetRef, TargetSelector},
    telemetry::{
        AccessLogSpec, AttributeRules, CollectorRef, Expr, NamedExpression, TracingProtocol,
        TracingSpec,
    },
    traffic::{HeaderModifiers, HostRewrite, HostRewriteMode, TrafficPolicies, TrafficTimeouts},
};
