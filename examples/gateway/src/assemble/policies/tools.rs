//! What calls of tools may take.

use std::sync::Arc;

use agentgateway_core::{
    limit::{Key, concurrency::ConcurrencyLimit, rate::RateLimit},
    policy::Policy,
    store::Rate,
};
use agentgateway_mcp::policy::limits::ToolLimits;

use super::Group;
use crate::assemble::Parts;
use crate::config::snapshot::{Part, ToolLimit};

/// The limits of a backend. What they count stays over a reload.
pub(super) fn tool_limits(
    parts: &Parts,
    part: &Arc<Part<Vec<ToolLimit>>>,
) -> Result<ToolLimits, String> {
    let made = parts
        .policies
        .tool_limits
        .of(part, |part| Ok(counted(parts, part)))?;
    let mut counted = made.0.iter();
    let mut limits = ToolLimits::new();
    for limit in &part.spec {
        for policy in counted.by_ref().take(policies_of(limit)) {
            limits = limits.policy(&limit.tool, Arc::clone(policy));
        }
        if let Some(time) = limit.timeout {
            limits = limits.time(&limit.tool, time);
        }
        if let Some(bytes) = limit.max_result_bytes {
            limits = limits.result_bytes(&limit.tool, bytes);
        }
    }
    Ok(limits)
}

/// How many policies a limit has in its [group](counted).
fn policies_of(limit: &ToolLimit) -> usize {
    usize::from(limit.at_once.is_some()) + usize::from(limit.per_minute.is_some())
}

/// Those that count, of all limits in their order.
fn counted(parts: &Parts, part: &Part<Vec<ToolLimit>>) -> Group {
    let mut all: Vec<Arc<dyn Policy>> = Vec::new();
    for limit in &part.spec {
        let name = format!("{} {}", part.name, limit.tool);
        if let Some(calls) = limit.at_once {
            all.push(Arc::new(ConcurrencyLimit::new(&*name).total(calls)));
        }
        if let Some(calls) = limit.per_minute {
            let rates = [Rate::per_minute(calls.into())];
            let rate = RateLimit::new(name, Key::everybody(), rates);
            all.push(Arc::new(parts.counters.keep(rate)));
        }
    }
    Group(all.into())
}
