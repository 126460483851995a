use agentgateway_core::{
    context::{MountPath, RouteName},
    route::{PathMatch, RedirectScheme, RequestMatch, Router},
};

use super::{
    Parts, Plan, PlannedListener, PlannedSocket, Stack, Table,
    leg::Leg,
    refuse::Refuse,
    spoken::Spoken,
    stack,
    table::{Entry, Forward, Gate, ListenerTable, Place, RuleStack, Share, ShareAction, Whither},
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
    let listener = |name: &str, port, path: &'static str, what: &str, stack, spoken| {
        let routes = vec![format!("{path}* → {what}, in this process")];
        PlannedSocket::new(
            port,
            PlannedListener::new(name, routes),
            table(
                name,
                path,
                Stack::holding(stack, parts.heap.as_ref()),
                spoken,
                parts,
            ),
            format!("--{name}-port says which port"),
        )
    };
    let a2a = || stack::a2a_layer(parts, None);
    let mcp = || stack::mcp_layer(parts, None);
    let llm = || stack::llm_layer(parts, None);
    Plan {
        sockets: vec![
            listener(
                "a2a",
                ports.a2a,
                "/",
                "an agent",
                stack::within(a2a(), Agent::new()),
                Spoken::A2a,
            ),
            listener(
                "mcp",
                ports.mcp,
                "/mcp",
                "three tools",
                stack::batched(stack::within(mcp(), Tools::new()), None),
                Spoken::Mcp,
            ),
            listener(
                "llm",
                ports.llm,
                "/",
                "a model",
                stack::within(llm(), Model::new()),
                Spoken::Llm,
            ),
        ],
    }
}

fn table(name: &str, path: &'static str, stack: Stack, spoken: Spoken, parts: &Parts) -> Table {
    let share = Share::bare(ShareAction::Forward(Forward {
        rewrite: None,
        to: Whither::Backend(Leg::bare(stack)),
    }));
    let entry = Entry {
        rule: RuleStack::bare(name, share).into(),
        mount: MountPath::new(""),
        is_named: false,
        name: RouteName::new(path),
    };
    let mut asked = RequestMatch::default();
    asked.path = PathMatch::Prefix(path.to_owned());
    let listener = ListenerTable {
        hostname: None,
        place: Place {
            listener: name.into(),
        },
        origin: (RedirectScheme::Http, 80),
        gate: Gate::default(),
        router: Router::builder().route(vec![], vec![asked], entry).build(),
        nowhere: spoken.refusal(|spoken| spoken.refusing(parts, None, Refuse::nowhere())),
        overloaded: spoken.refusal(|spoken| spoken.unread(parts, Refuse::overloaded())),
    };
    Table::new(vec![listener], parts.observer.clone(), parts.heap.clone())
}
