use std::sync::Arc;

use super::mcp::{OwnMcp, read as read_mcp};
use crate::config::compile::fault::Notes;
use crate::config::compile::{Context, Fault};
use crate::config::object::Object;
use crate::config::resource::RawConfig;
use crate::config::snapshot::{
    Action, Backend, Filters, Listener, McpCallers, Outcome, Part, WeightedBackend,
};

/// The gateway's own settings, of one Gateway.
#[derive(Clone, Debug)]
pub(in crate::config::compile) struct Own<'a> {
    /// The parameters that they stand in.
    object: &'a Object,
    mcp: OwnMcp,
}

/// Who calls, where a listener or a rule knows it.
pub(super) type Callers = Option<Arc<Part<McpCallers>>>;

impl<'a> Own<'a> {
    /// Reads what parameters say. What is wrong with it is noted; where it guards a backend or is its credential,
    /// that backend is not served.
    pub(in crate::config::compile) fn read(
        context: &Context<'_>,
        object: &'a Object,
        raw: &RawConfig,
        notes: &mut Notes,
    ) -> Self {
        let mut faults = Vec::new();
        let mcp = raw.mcp.as_ref();
        let mcp = mcp.map(|spec| read_mcp(context, object, spec, &mut faults));
        for fault in &faults {
            notes.error(object, "Accepted", fault);
        }
        Self {
            object,
            mcp: mcp.unwrap_or_default(),
        }
    }

    /// Puts them into what a listener serves.
    pub(in crate::config::compile) fn apply(&self, listener: &mut Listener, notes: &mut Notes) {
        let before = &listener.before.policies.mcp;
        for rule in &mut listener.rules {
            let callers = rule.policies.mcp.clone().or_else(|| before.clone());
            let Action::Forward(shares) = &mut rule.action else {
                continue;
            };
            let all = shares.iter_mut().flat_map(outcomes);
            for outcome in all.chain(mirrors(&mut rule.filters)) {
                self.outcome(outcome, &callers, notes);
            }
        }
    }

    fn outcome(&self, outcome: &mut Outcome, callers: &Callers, notes: &mut Notes) {
        let Outcome::Backend(backend) = outcome else {
            return;
        };
        match self.settled(backend, callers) {
            Ok(None) => {}
            Ok(Some(settled)) => *backend = Arc::new(settled),
            Err(fault) => {
                notes.error(self.object, "Accepted", &fault);
                let (path, message) = (&fault.path, &fault.message);
                let reason = format!("{}: {path}: {message}", self.object.reference);
                *outcome = Outcome::Invalid(reason);
            }
        }
    }

    /// A backend as this Gateway serves it; `None` where nothing is said of it.
    fn settled(&self, backend: &Backend, callers: &Callers) -> Result<Option<Backend>, Fault> {
        self.mcp.settled(self.object, backend, callers)
    }
}

fn outcomes(share: &mut WeightedBackend) -> impl Iterator<Item = &mut Outcome> {
    let copies = mirrors(&mut share.filters);
    std::iter::once(&mut share.outcome).chain(copies)
}

fn mirrors(filters: &mut Filters) -> impl Iterator<Item = &mut Outcome> {
    filters.mirrors.iter_mut().map(|mirror| &mut mirror.target)
}
