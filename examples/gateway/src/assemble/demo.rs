use super::{Parts, Plan};

/// The ports of the three listeners.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Ports {
    /// A2A.
    pub a2a: u16,
    /// MCP.
    pub mcp: u16,
    /// LLM.
    pub llm: u16,
}

impl Ports {
    /// These ports; 0 lets the system choose.
    #[must_use]
    pub const fn new(a2a: u16, mcp: u16, llm: u16) -> Self {
        Self { a2a, mcp, llm }
    }
}

/// An agent, a server and a model within the process, behind the same layers as any other.
#[must_use]
pub fn demo(_ports: &Ports, _parts: &Parts) -> Plan {
    Plan::default()
}
