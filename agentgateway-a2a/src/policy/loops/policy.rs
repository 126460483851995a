use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    Error, ErrorKind,
    policy::{Decision, Follow, Policy},
    store::{Allowance, Later, Ledger, MemoryLedger, Reserved},
    telemetry::TraceContext,
};
use http::{HeaderMap, HeaderValue, request};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::{
    A2aCall,
    policy::{
        caller::caller,
        in_flight::{InFlight, Place},
    },
    wire::header,
};

/// Default of [`Loops::max_hops`].
const MAX_HOPS: usize = 8;
/// Default of [`Loops::max_of_trace`].
const MAX_OF_TRACE: usize = 32;
/// Default of [`Loops::max_of_root`].
const MAX_OF_ROOT: u64 = 512;
/// How long the calls of a root are counted.
const ROOT_WINDOW: Duration = Duration::from_secs(60 * 60);
/// Default of [`Loops::max_in_flight`].
const MAX_IN_FLIGHT: usize = 64;
/// Default of [`Loops::max_of_caller`].
const MAX_OF_CALLER: usize = 256;
/// The longest list of agents that is read and sent on, in bytes.
const MAX_LIST_BYTES: usize = 4096;
/// As many agents of a loop are named in its error, the last ones.
const MAX_NAMED: usize = 16;
/// As much of each name.
const MAX_NAME_CHARS: usize = 64;

/// What a name may not hold within a list in a header.
const APART: &AsciiSet = &CONTROLS.add(b' ').add(b',').add(b'%').add(b'"');

/// Stops loops of agents. Clones count together.
///
/// See the [module](super) for what it does.
#[derive(Clone, Debug)]
pub struct Loops {
    max_hops: usize,
    max_of_trace: usize,
    max_of_root: u64,
    max_in_flight: usize,
    max_of_caller: usize,
    traces: InFlight,
    roots: Roots,
    contexts: InFlight,
    callers: InFlight,
}

/// What has been spent of the budget of each trace.
#[derive(Clone, Default)]
struct Roots(Arc<MemoryLedger>);

/// What a call counts as, until it has ended.
struct Held(#[expect(dead_code, reason = "held, not read")] Vec<Place>);

// === impl Loops ===

impl Loops {
    /// One with the defaults that each setter tells.
    #[must_use]
    pub fn new() -> Self {
        Self {
            max_hops: MAX_HOPS,
            max_of_trace: MAX_OF_TRACE,
            max_of_root: MAX_OF_ROOT,
            max_in_flight: MAX_IN_FLIGHT,
            max_of_caller: MAX_OF_CALLER,
            traces: InFlight::default(),
            roots: Roots::default(),
            contexts: InFlight::default(),
            callers: InFlight::default(),
        }
    }

    /// As many agents a call may pass, this one included. Default: 8.
    #[must_use]
    pub const fn max_hops(mut self, agents: usize) -> Self {
        self.max_hops = agents;
        self
    }

    /// As many calls of one trace may be in flight to one agent. Default: 32.
    #[must_use]
    pub const fn max_of_trace(mut self, calls: usize) -> Self {
        self.max_of_trace = calls;
        self
    }

    /// As many calls of one trace may be made in an hour, one after another or at once, to all agents that this policy
    /// stands before: the budget of the task that the trace began with. Default: 512.
    #[must_use]
    pub const fn max_of_root(mut self, calls: u64) -> Self {
        self.max_of_root = calls;
        self
    }

    /// As many calls of one caller may be in flight to one agent in one context; those that name no context
    /// count together. Default: 64.
    #[must_use]
    pub const fn max_in_flight(mut self, calls: usize) -> Self {
        self.max_in_flight = calls;
        self
    }

    /// As many calls of one caller may be in flight to one agent, whatever context they name: a caller may make up
    /// a new one each time. Default: 256.
    #[must_use]
    pub const fn max_of_caller(mut self, calls: usize) -> Self {
        self.max_of_caller = calls;
        self
    }

    #[cfg(test)]
    pub(super) fn in_flight(&self) -> usize {
        self.traces.keys() + self.contexts.keys() + self.callers.keys()
    }

    fn check(&self, head: &mut request::Parts, call: &A2aCall) -> Result<Held, Error> {
        let agent = call.agent().unwrap_or("agent");
        let mut held = Vec::with_capacity(3);
        let passed = passed(&head.headers);
        let hops = listed(&passed);
        if hops.len() >= self.max_hops || passed.len() > MAX_LIST_BYTES {
            return Err(looped(&hops, agent));
        }
        if let Some(trace) = TraceContext::from_headers(&head.headers) {
            let key = format!("{:x} {agent}", trace.trace_id());
            held.push(
                self.traces
                    .enter(&key, self.max_of_trace)
                    .ok_or_else(|| crowded("of this trace", agent))?,
            );
            self.roots.spend(trace.trace_id(), self.max_of_root)?;
        }
        let caller = caller(head);
        let context = call.context_id().unwrap_or_default();
        // The length tells where each ends, whatever they contain.
        let of_caller = format!("{} {caller} {agent}", caller.len());
        let of_context = format!("{} {of_caller} {context}", of_caller.len());
        held.push(
            self.callers
                .enter(&of_caller, self.max_of_caller)
                .ok_or_else(|| crowded("of this caller", agent))?,
        );
        held.push(
            self.contexts
                .enter(&of_context, self.max_in_flight)
                .ok_or_else(|| crowded("of this caller and context", agent))?,
        );
        let name = utf8_percent_encode(agent, APART);
        let list = match &*passed {
            "" => name.to_string(),
            passed => format!("{passed}, {name}"),
        };
        if let Ok(list) = HeaderValue::try_from(list) {
            head.headers.insert(header::HOPS, list);
        }
        Ok(Held(held))
    }
}

impl Default for Loops {
    fn default() -> Self {
        Self::new()
    }
}

impl Policy for Loops {
    fn name(&self) -> &'static str {
        "loops"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let Some(call) = head.extensions.get::<A2aCall>().cloned() else {
            return Decision::Pass;
        };
        if call.operation().is_safe() || call.operation().brings_card() {
            return Decision::Pass;
        }
        match self.check(head, &call) {
            Ok(held) => Decision::Follow(Box::new(held)),
            Err(error) => Decision::Refuse(error),
        }
    }
}

// === impl Roots ===

impl Roots {
    /// Counts one more call of this trace.
    fn spend(&self, trace: u128, most: u64) -> Result<(), Error> {
        let allowance = Allowance::new(most, ROOT_WINDOW);
        // The memory of this process answers at once. Where it is full of other roots, these are bounded.
        match self.0.reserve(&format!("{trace:x}"), 1, allowance) {
            Later::Now(Ok(Reserved::Granted(spent))) => {
                self.0.settle(spent, 1);
                Ok(())
            }
            Later::Now(Ok(Reserved::Exhausted { retry_after })) => {
                Err(spent_all(most, retry_after))
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Roots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Roots").finish_non_exhaustive()
    }
}

// === impl Held ===

impl Follow for Held {}

/// What the callers say of the agents on the way, in one list.
fn passed(headers: &HeaderMap) -> String {
    let mut list = String::new();
    for value in headers.get_all(header::HOPS) {
        // What is no text counts, as one agent.
        let value = value.to_str().unwrap_or("?");
        if value.trim().is_empty() {
            continue;
        }
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(value.trim());
    }
    list
}

fn listed(passed: &str) -> Vec<&str> {
    let names = passed.split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).collect()
}

fn looped(hops: &[&str], agent: &str) -> Error {
    let first = hops.len().saturating_sub(MAX_NAMED);
    let last = hops.get(first..).unwrap_or_default();
    let mut chain: Vec<String> = last.iter().map(|name| cut(name)).collect();
    if first > 0 {
        chain.insert(0, "...".to_owned());
    }
    chain.push(cut(agent));
    let count = hops.len();
    let chain = chain.join(" -> ");
    Error::new(
        ErrorKind::Forbidden,
        format!(
            "agents call each other in a loop: {chain}; the call has passed {count} agents already"
        ),
    )
}

fn cut(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).collect()
}

fn spent_all(most: u64, retry_after: Duration) -> Error {
    let message = format!(
        "the task that this call belongs to has made {most} calls, and has spent its budget"
    );
    Error::new(ErrorKind::RateLimited, message).with_retry_after(retry_after)
}

fn crowded(whose: &str, agent: &str) -> Error {
    let agent = cut(agent);
    Error::new(
        ErrorKind::RateLimited,
        format!(
            "too many calls {whose} are in flight to the agent \"{agent}\"; do agents call each other in a loop?"
        ),
    )
}
