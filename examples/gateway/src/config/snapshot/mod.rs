//! What is served: all references followed, all defaults filled in, nothing left to look up.
//!
//! A snapshot is a value. It is the same for the same objects in any order, and what has not
//! changed between two snapshots is equal in both, which a reload makes use of.

mod agent;
mod backend;
mod catalogue;
mod connection;
mod exchange;
mod gateway;
mod health;
mod models;
mod policies;
mod rule;
mod secret;
mod tls;

pub use self::{
    agent::{AgentTerms, CardCheck, CardSignatures, CardTerms, Discovery, StreamTerms},
    backend::{
        AwsKeys, Backend, BackendKind, BackendSettings, Endpoints, HostPort, LocalProcess,
        McpBackend, McpServer, McpTarget, ToolWords,
    },
    catalogue::{Catalogue, CatalogueAgent},
    connection::{ConnectionSettings, HandshakeTerms, ProxyHeader, ProxyVersion, TlsVersion},
    exchange::{ExchangeClient, Grant, TokenExchange},
    gateway::{
        Certificate, ClientCertificates, Gateway, HttpSettings, Listener, Parameters, Protocol,
        Snapshot, Strays, Variable,
    },
    health::{Eviction, Health, Keepalive},
    models::{AiBackend, ModelLosses, ModelStreams, Provider, ProviderKind},
    policies::{
        AccessRule, AgentRules, ApiKeyCallers, ApiKeyEntry, Asked, AskedPath, BasicCallers,
        BeforeRouting, Budget, Buffering, Cases, Concurrency, Counted, DirectAnswer, DirectBody,
        ExtAuth, ExtAuthHttp, ExtAuthSpeech, GlobalLimits, Held, Issuer, JwtCallers, Kept,
        KeptVerdicts, Keys, LocalRates, Loops, McpCallers, MessageChanges, Messages, Part, Place,
        Policies, Push, PushUrls, RateLimits, Relay, Retrying, Scopes, ScopesOf, Spent, TaskOwners,
        ToolLimit, Transforming, UnfinishedTasks, Wait, Whose,
    },
    rule::{Action, Filters, Mirror, Outcome, Rule, Timeouts, WeightedBackend},
    secret::Secret,
    tls::{TlsDemand, TlsTerms},
};
