//! LocalProcess, `gateway.agentgateway.dev/v1alpha1`: a kind of our own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// `LocalProcess.spec`: an MCP server that the gateway starts and speaks to by its standard input
/// and output.
///
/// It is accepted from the directory given at start alone: whoever can write an object of this
/// kind can run a command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LocalProcessSpec {
    /// The command, an absolute path or a name that the `PATH` finds.
    #[schemars(length(min = 1, max = 4096))]
    pub command: String,
    /// Its arguments.
    #[serde(default)]
    #[schemars(length(max = 256))]
    pub args: Vec<String>,
    /// Its variables; it gets no other than these, `PATH` and `HOME`.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Its working directory; that of the gateway when it is absent.
    pub working_directory: Option<String>,
}
