//! What parameters say of meshes and catalogues, which is not served.

use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::at_most_one;
use super::text;

/// Istio's mesh.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Istio {
    /// Whether the gateway is part of it.
    pub enabled: Option<bool>,
    /// Who signs certificates.
    pub ca_address: Option<String>,
    /// The name of the cluster.
    pub cluster_id: Option<String>,
    /// The network of the gateway.
    pub network: Option<String>,
    /// Its trust domain.
    pub trust_domain: Option<String>,
    /// Others that are trusted.
    #[serde(default)]
    pub additional_trust_domains: Vec<String>,
}

/// SPIFFE identities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Spiffe {
    /// Whether they are used.
    pub enabled: Option<bool>,
    /// Where the socket of the Workload API is.
    pub source: Option<SpiffeSource>,
}

/// Where the socket of the Workload API is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("x-choices" = [at_most_one(&["csi", "hostPath"])]))]
#[non_exhaustive]
pub struct SpiffeSource {
    /// In a volume of a driver.
    pub csi: Option<SpiffeDriver>,
    /// In a folder of the host.
    pub host_path: Option<SpiffeFolder>,
    /// Where it is mounted.
    #[schemars(with = "Option<text::Rooted>")]
    pub mount_path: Option<String>,
    /// The name of the socket.
    pub socket_name: Option<String>,
}

/// A driver of volumes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SpiffeDriver {
    /// Its name.
    pub driver: Option<String>,
}

/// A folder of the host.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SpiffeFolder {
    /// Its path.
    #[schemars(with = "text::Filled")]
    pub path: String,
}

/// Catalogues of models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ModelCatalog {
    /// Where they are.
    #[serde(default)]
    pub sources: Vec<CatalogSource>,
}

/// A catalogue of models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CatalogSource {
    /// In a ConfigMap.
    pub config_map: Option<CatalogMap>,
}

/// A ConfigMap with a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct CatalogMap {
    /// Its name.
    #[schemars(with = "text::Filled")]
    pub name: String,
    /// The key in it.
    pub key: Option<String>,
}
