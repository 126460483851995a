//! What is decided about calls of agents.

use agentgateway_a2a::policy::{Content, Loops, Open, TaskOwners, TokenTenant, Unfinished};

use super::Group;
use crate::assemble::Parts;
use crate::config::snapshot::{self, AgentRules, Part};

/// Those that may ask about the call, in their order. What they count and remember stays over a reload.
pub(super) fn agents(parts: &Parts, asked: &AgentRules) -> Result<Vec<Group>, String> {
    let (made, mut found) = (&parts.policies, Vec::new());
    if let Some(part) = &asked.owners {
        found.push(made.owners.of(part, |it| Ok(owners(it)))?);
    }
    found.extend(
        asked
            .tenant_claim
            .iter()
            .map(|part| Group::one(TokenTenant::claim(part.spec.as_str()))),
    );
    found.extend(asked.messages.iter().map(|part| messages(&part.spec)));
    if let Some(part) = &asked.open_streams {
        let open = |it: &Part<usize>| Ok(Group::one(Open::streams(it.spec)));
        found.push(made.open_streams.of(part, open)?);
    }
    if let Some(part) = &asked.unfinished {
        found.push(made.unfinished.of(part, |it| Ok(unfinished(it)))?);
    }
    if let Some(part) = &asked.loops {
        found.push(made.loops.of(part, |it| Ok(loops(it)))?);
    }
    Ok(found)
}

fn owners(part: &Part<snapshot::TaskOwners>) -> Group {
    let mut policy = match part.spec.max_tasks {
        Some(tasks) => TaskOwners::with_max_tasks(tasks),
        None => TaskOwners::new(),
    };
    if let Some(lifetime) = part.spec.lifetime {
        policy = policy.lifetime(lifetime);
    }
    Group::one(policy)
}

fn messages(spec: &snapshot::Messages) -> Group {
    let mut policy = Content::new().urls(spec.urls);
    if let Some(types) = &spec.media_types {
        policy = policy.media_types(types.iter().map(String::as_str));
    }
    if let Some(modes) = &spec.output_modes {
        policy = policy.output_modes(modes.iter().map(String::as_str));
    }
    if let Some(bytes) = spec.max_inline_bytes {
        policy = policy.max_inline_bytes(bytes);
    }
    Group::one(policy)
}

fn unfinished(part: &Part<snapshot::UnfinishedTasks>) -> Group {
    let mut policy = Unfinished::tasks(part.spec.max);
    if let Some(lifetime) = part.spec.lifetime {
        policy = policy.lifetime(lifetime);
    }
    Group::one(policy)
}

fn loops(part: &Part<snapshot::Loops>) -> Group {
    let (spec, mut policy) = (&part.spec, Loops::new());
    if let Some(agents) = spec.max_hops {
        policy = policy.max_hops(agents);
    }
    if let Some(calls) = spec.max_of_trace {
        policy = policy.max_of_trace(calls);
    }
    if let Some(calls) = spec.max_of_root {
        policy = policy.max_of_root(calls);
    }
    if let Some(calls) = spec.max_in_flight {
        policy = policy.max_in_flight(calls);
    }
    if let Some(calls) = spec.max_of_caller {
        policy = policy.max_of_caller(calls);
    }
    Group::one(policy)
}
