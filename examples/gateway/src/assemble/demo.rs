use agentgateway_core::context::{MountPath, RouteName};

use super::{
    Choice, Choose, Entry, Parts, Plan, PlannedListener, PlannedSocket, Stack, Table,
    stack::{self, Nowhere},
};
use crate::demo::{Agent, Model, Tools};

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
pub fn demo(ports: &Ports, parts: &Parts) -> Plan {
    let listener = |name: &str, port, path: &'static str, what: &str, stack, nowhere| {
        let routes = vec![format!("{path}* → {what}, in this process")];
        PlannedSocket::new(
            port,
            PlannedListener::new(name, routes),
            table(path, stack, nowhere, parts),
            format!("--{name}-port says which port"),
        )
    };
    let a2a = || stack::a2a_layer(parts);
    let mcp = || stack::mcp_layer(parts);
    let llm = || stack::llm_layer(parts);
    Plan {
        sockets: vec![
            listener(
                "a2a",
                ports.a2a,
                "/",
                "an agent",
                stack::within(a2a(), Agent::new()),
                stack::within(a2a(), Nowhere),
            ),
            listener(
                "mcp",
                ports.mcp,
                "/mcp",
                "three tools",
                stack::within(mcp(), Tools::new()),
                stack::within(mcp(), Nowhere),
            ),
            listener(
                "llm",
                ports.llm,
                "/",
                "a model",
                stack::within(llm(), Model::new()),
                stack::within(llm(), Nowhere),
            ),
        ],
    }
}

fn table(path: &'static str, stack: Stack, nowhere: Stack, parts: &Parts) -> Table {
    let entry = Entry {
        stack,
        mount: MountPath::new(""),
        name: RouteName::new(path),
    };
    Table::new(Only(path), vec![entry], nowhere, parts.observer.clone())
}

/// One stack for all paths that begin so.
struct Only(&'static str);

impl Choose for Only {
    fn choose(&self, _: &str, path: &str) -> Option<Choice> {
        path.starts_with(self.0).then_some(Choice {
            index: 0,
            path: None,
        })
    }
}
