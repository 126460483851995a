//! LocalProcess, `gateway.agentgateway.dev/v1alpha1`: a kind of our own.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// `LocalProcess.spec`: an MCP server that the gateway starts and speaks to by its standard input
/// and output.
///
/// Its `Debug` shows no arguments and no values of variables, which may be credentials.
///
/// It is accepted from the directory given at start alone: whoever can write an object of this
/// kind can run a command.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct LocalProcessSpec {
    /// The command, an absolute path or a name that the `PATH` finds.
    #[schemars(length(min = 1, max = 4096))]
    pub command: String,
    /// Its arguments.
    #[serde(default)]
    #[schemars(length(max = 256), extend("x-secret" = true))]
    pub args: Vec<String>,
    /// Its variables; it gets no other than these, `PATH` and `HOME`.
    #[serde(default)]
    #[schemars(extend("x-secret" = true))]
    pub env: BTreeMap<String, String>,
    /// Its working directory; that of the gateway when it is absent.
    pub working_directory: Option<String>,
}

impl fmt::Debug for LocalProcessSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.keys().collect();
        f.debug_struct("LocalProcessSpec")
            .field("command", &self.command)
            .field("args", &self.args.len())
            .field("env", &names)
            .field("working_directory", &self.working_directory)
            .finish()
    }
}
