//! The agent card.

use std::collections::BTreeMap;

use super::{
    AgentCardSignature, AgentExtension, AgentProvider, SecurityRequirement, SecurityScheme,
};
use crate::wire::grpc::proto_json::proto_json;

/// What an agent is and does, and how it is reached.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AgentCard {
    /// The name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// A description for people.
    #[prost(string, tag = "2")]
    pub description: String,
    /// The addresses; the first is preferred.
    #[prost(message, repeated, tag = "3")]
    pub supported_interfaces: Vec<AgentInterface>,
    /// Who offers the agent.
    #[prost(message, optional, tag = "4")]
    pub provider: Option<AgentProvider>,
    /// The version of the agent.
    #[prost(string, tag = "5")]
    pub version: String,
    /// Where more is written about the agent.
    #[prost(string, optional, tag = "6")]
    pub documentation_url: Option<String>,
    /// What of the protocol the agent does.
    #[prost(message, optional, tag = "7")]
    pub capabilities: Option<AgentCapabilities>,
    /// The schemes by their names.
    #[prost(btree_map = "string, message", tag = "8")]
    pub security_schemes: BTreeMap<String, SecurityScheme>,
    /// Alternatives, of which one is needed.
    #[prost(message, repeated, tag = "9")]
    pub security_requirements: Vec<SecurityRequirement>,
    /// The media types that skills take where they say nothing else.
    #[prost(string, repeated, tag = "10")]
    pub default_input_modes: Vec<String>,
    /// The media types that skills bring where they say nothing else.
    #[prost(string, repeated, tag = "11")]
    pub default_output_modes: Vec<String>,
    /// What the agent can do.
    #[prost(message, repeated, tag = "12")]
    pub skills: Vec<AgentSkill>,
    /// The signatures of the card.
    #[prost(message, repeated, tag = "13")]
    pub signatures: Vec<AgentCardSignature>,
    /// Where the icon of the agent is.
    #[prost(string, optional, tag = "14")]
    pub icon_url: Option<String>,
}

proto_json!(AgentCard {
    name: "name";
    description: "description";
    supported_interfaces: "supportedInterfaces";
    provider: "provider";
    version: "version";
    documentation_url: "documentationUrl";
    capabilities: "capabilities";
    security_schemes: "securitySchemes";
    security_requirements: "securityRequirements";
    default_input_modes: "defaultInputModes";
    default_output_modes: "defaultOutputModes";
    skills: "skills";
    signatures: "signatures";
    icon_url: "iconUrl";
});

/// An address at which the agent answers, and how.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AgentInterface {
    /// The URL.
    #[prost(string, tag = "1")]
    pub url: String,
    /// `JSONRPC`, `GRPC`, `HTTP+JSON` or another.
    #[prost(string, tag = "2")]
    pub protocol_binding: String,
    /// What calls are to carry as their tenant.
    #[prost(string, tag = "3")]
    pub tenant: String,
    /// The version of A2A, such as `1.0`.
    #[prost(string, tag = "4")]
    pub protocol_version: String,
}

proto_json!(AgentInterface {
    url: "url";
    protocol_binding: "protocolBinding";
    tenant: "tenant";
    protocol_version: "protocolVersion";
});

/// What of the protocol the agent does.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AgentCapabilities {
    /// The agent answers with streams.
    #[prost(bool, optional, tag = "1")]
    pub streaming: Option<bool>,
    /// The agent pushes changes.
    #[prost(bool, optional, tag = "2")]
    pub push_notifications: Option<bool>,
    /// The extensions that the agent knows.
    #[prost(message, repeated, tag = "3")]
    pub extensions: Vec<AgentExtension>,
    /// There is another card for callers that are authenticated.
    #[prost(bool, optional, tag = "4")]
    pub extended_agent_card: Option<bool>,
}

proto_json!(AgentCapabilities {
    streaming: "streaming";
    push_notifications: "pushNotifications";
    extensions: "extensions";
    extended_agent_card: "extendedAgentCard";
});

/// Something that the agent can do.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AgentSkill {
    /// The id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// The name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// A description for people.
    #[prost(string, tag = "3")]
    pub description: String,
    /// Words to find the skill by.
    #[prost(string, repeated, tag = "4")]
    pub tags: Vec<String>,
    /// Examples of what to ask for.
    #[prost(string, repeated, tag = "5")]
    pub examples: Vec<String>,
    /// The media types that the skill takes.
    #[prost(string, repeated, tag = "6")]
    pub input_modes: Vec<String>,
    /// The media types that the skill brings.
    #[prost(string, repeated, tag = "7")]
    pub output_modes: Vec<String>,
    /// Alternatives, of which one is needed.
    #[prost(message, repeated, tag = "8")]
    pub security_requirements: Vec<SecurityRequirement>,
}

proto_json!(AgentSkill {
    id: "id";
    name: "name";
    description: "description";
    tags: "tags";
    examples: "examples";
    input_modes: "inputModes";
    output_modes: "outputModes";
    security_requirements: "securityRequirements";
});
