//! `AgentgatewayParameters.spec.rawConfig`: what this gateway does and no field of the CRDs asks for.
//!
//! The CRD takes any object there. What is this gateway's own stands under [`RawConfig`]'s fields, and is
//! held to its schema like everything else; what another proxy reads there has no effect.

mod a2a;
mod catalogue;
mod llm;
mod mcp;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::{
    a2a::{
        CardKeys, Cards, Discovery, Loops, Messages, OwnAgents, Owners, PushGuard, PushRelay,
        SignedCards, Streams, UnfinishedTasks, VerifyCards,
    },
    catalogue::{Catalogue, CatalogueAgent},
    llm::{LossKind, ModelLosses, ModelStreams, OwnLlm, SpanContent},
    mcp::{ClientCredentials, OwnMcp, SecretKey, ToolLimit, ToolScopes, ToolWords},
};
use super::text;

/// The gateway's own settings, for all that is reached through the Gateways which refer to them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("additionalProperties" = { "x-not-implemented": true, "x-secret": true }))]
#[non_exhaustive]
pub struct RawConfig {
    /// For servers of MCP.
    #[schemars(extend("x-extension" = true))]
    pub mcp: Option<OwnMcp>,
    /// For providers of models.
    #[schemars(extend("x-extension" = true))]
    pub llm: Option<OwnLlm>,
    /// For agents.
    #[serde(default)]
    #[schemars(length(max = 128), extend("x-extension" = true))]
    pub a2a: Vec<OwnAgents>,
    /// Many agents in the place of one backend.
    #[serde(default)]
    #[schemars(length(max = 32), extend("x-extension" = true))]
    pub catalogues: Vec<Catalogue>,
}

/// A backend, as routes refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NamedBackend {
    /// Its kind.
    #[serde(default)]
    pub kind: BackendKindName,
    /// Its namespace; that of the parameters when it is absent.
    #[schemars(with = "Option<text::NamespaceName>")]
    pub namespace: Option<String>,
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub name: String,
}

/// The kinds of backends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[expect(clippy::exhaustive_enums, reason = "the two kinds of backends")]
pub enum BackendKindName {
    /// An AgentgatewayBackend.
    #[default]
    AgentgatewayBackend,
    /// A Service.
    Service,
}
