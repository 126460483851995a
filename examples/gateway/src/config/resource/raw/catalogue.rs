use schemars::JsonSchema;
use serde::Deserialize;

use super::NamedBackend;
use crate::config::resource::text;

/// Many agents in the place of one backend: each by path, host, tenant or skill, with a card of all of them and an
/// api-catalog (RFC 9727).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Catalogue {
    /// The agent in whose place they are: what routes lead to it, with their policies, leads to all of them. It is
    /// among them only where `agents` names it.
    pub backend: NamedBackend,
    /// The agents.
    #[schemars(
        length(min = 1, max = 64),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub agents: Vec<CatalogueAgent>,
    /// The agent of calls that name none; they are refused when it is absent.
    #[schemars(with = "Option<text::AgentName>")]
    pub default_agent: Option<String>,
    /// The URL under which clients reach the catalogue; what each request says when it is absent.
    #[schemars(with = "Option<text::Url>")]
    pub public_url: Option<String>,
    /// The path under which each agent has its own; `/agents` when it is absent.
    #[schemars(with = "Option<text::Rooted>")]
    pub prefix: Option<String>,
    /// The name of the card of all of them; `agents` when it is absent.
    #[schemars(length(min = 1, max = 256))]
    pub title: Option<String>,
    /// What that card says of itself.
    #[schemars(length(min = 1, max = 1024))]
    pub description: Option<String>,
}

/// One agent of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CatalogueAgent {
    /// Its name, in paths, tenants and cards.
    #[schemars(with = "text::AgentName")]
    pub name: String,
    /// The agent.
    pub backend: NamedBackend,
    /// Its port, of a Service.
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// Host names that are its own.
    #[serde(default)]
    #[schemars(with = "Vec<text::PreciseHostname>", length(max = 16))]
    pub hosts: Vec<String>,
}
