use agentgateway_core::json::Raw;
use bytes::Bytes;

/// Learns from lists what tools take, and judges what calls bring.
pub(crate) trait CheckCalls: Send + Sync + 'static {
    /// A list tells of this tool of a server.
    ///
    /// # Errors
    /// Why it is left out.
    fn learn(&self, target: &str, tool: &str, told: Raw<'_>) -> Result<(), &'static str>;

    /// Whether a tool takes these arguments.
    ///
    /// # Errors
    /// It does not.
    fn check(&self, target: &str, tool: &str, arguments: Option<&[u8]>) -> Result<(), Wrong>;

    /// The server has other tools now.
    fn forget(&self, target: &str);
}

/// Why a call is not for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "schemas"),
    expect(dead_code, reason = "who judges comes with that feature")
)]
pub(crate) enum Wrong {
    /// Nobody can say what the tool takes, and why not.
    Tool(&'static str),
    /// What is wrong with the arguments.
    Arguments(String),
}

/// The arguments of a call as they came, in the extensions of its request.
#[derive(Clone, Debug)]
pub(crate) struct CallArguments(pub(crate) Bytes);
