use std::{sync::Arc, time::Duration};

use super::Part;

/// What is decided about calls of agents, in the order in which it is.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct AgentRules {
    /// The tasks of callers are kept apart.
    pub owners: Option<Arc<Part<TaskOwners>>>,
    /// The claim of a token that says whose tenant a call is for.
    pub tenant_claim: Option<Arc<Part<String>>>,
    /// What messages may hold.
    pub messages: Option<Arc<Part<Messages>>>,
    /// As many streams of one caller may be open.
    pub open_streams: Option<Arc<Part<usize>>>,
    /// As many tasks of one caller may be unfinished.
    pub unfinished: Option<Arc<Part<UnfinishedTasks>>>,
    /// When calls are taken for a loop.
    pub loops: Option<Arc<Part<Loops>>>,
    /// Where agents may be told to push.
    pub push: Option<Arc<Part<Push>>>,
}

impl AgentRules {
    /// Fills in what these leave open from others.
    pub(crate) fn over(&mut self, under: &Self) {
        fn or<T>(mine: &mut Option<Arc<T>>, other: &Option<Arc<T>>) {
            if mine.is_none() {
                mine.clone_from(other);
            }
        }
        or(&mut self.owners, &under.owners);
        or(&mut self.tenant_claim, &under.tenant_claim);
        or(&mut self.messages, &under.messages);
        or(&mut self.open_streams, &under.open_streams);
        or(&mut self.unfinished, &under.unfinished);
        or(&mut self.loops, &under.loops);
        or(&mut self.push, &under.push);
    }

    /// Those that keep calls out, if there are any. What a copy registers is relayed to nobody: the original is.
    pub(crate) fn guards(&self) -> Option<Self> {
        let mut push = self.push.clone();
        if let Some(part) = &mut push {
            Arc::make_mut(part).spec.relay = None;
        }
        let found = Self {
            owners: self.owners.clone(),
            tenant_claim: self.tenant_claim.clone(),
            messages: self.messages.clone(),
            push,
            ..Self::default()
        };
        (found != Self::default()).then_some(found)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut tell = |name: Option<&Arc<str>>, words: String| {
            lines.extend(name.map(|name| format!("{name}: {words}")));
        };
        tell(
            self.owners.as_ref().map(|it| &it.name),
            "keeps the tasks of callers apart".to_owned(),
        );
        if let Some(part) = &self.tenant_claim {
            let words = format!(
                "takes the tenant from the claim {:?} of the token",
                part.spec
            );
            tell(Some(&part.name), words);
        }
        tell(
            self.messages.as_ref().map(|it| &it.name),
            "refuses what messages may not hold".to_owned(),
        );
        if let Some(part) = &self.open_streams {
            let words = format!("lets a caller have {} streams open", part.spec);
            tell(Some(&part.name), words);
        }
        if let Some(part) = &self.unfinished {
            let words = format!("lets a caller have {} unfinished tasks", part.spec.max);
            tell(Some(&part.name), words);
        }
        tell(
            self.loops.as_ref().map(|it| &it.name),
            "stops loops of agents".to_owned(),
        );
        if let Some(part) = &self.push {
            let relay = part.spec.relay.as_ref();
            let by = relay.map(|relay| format!(", by way of {}", relay.spec.public_url));
            let by = by.unwrap_or_default();
            tell(
                Some(&part.name),
                format!("refuses URLs that must not be pushed to{by}"),
            );
        }
        lines
    }
}

/// What is remembered of whose tasks are; `None` is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct TaskOwners {
    /// As many tasks.
    pub max_tasks: Option<usize>,
    /// How long.
    pub lifetime: Option<Duration>,
}

/// What messages may hold; `None` is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Messages {
    /// The media types of parts.
    pub media_types: Option<Vec<String>>,
    /// The media types of which a client must accept one.
    pub output_modes: Option<Vec<String>>,
    /// The longest file within a message.
    pub max_inline_bytes: Option<usize>,
    /// Whether files may be named by a URL.
    pub urls: bool,
}

/// How many tasks may be unfinished.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct UnfinishedTasks {
    /// As many of each caller.
    pub max: usize,
    /// How long one counts of which nothing is heard. Default: as usual.
    pub lifetime: Option<Duration>,
}

/// When calls are taken for a loop; `None` is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Loops {
    /// Agents that a call may pass.
    pub max_hops: Option<usize>,
    /// Calls of one trace in flight to one agent.
    pub max_of_trace: Option<usize>,
    /// Calls of one trace in an hour, to all agents.
    pub max_of_root: Option<u64>,
    /// Calls of one caller in one context in flight to one agent.
    pub max_in_flight: Option<usize>,
    /// Calls of one caller in flight to one agent.
    pub max_of_caller: Option<usize>,
}

/// Where agents may be told to push.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Push {
    /// Which URLs clients may name.
    pub urls: PushUrls,
    /// Whether requests pass that were not read.
    pub allow_unread: bool,
    /// By way of the gateway.
    pub relay: Option<Arc<Part<Relay>>>,
}

/// Which URLs may be called: `https` to public hosts, and what more is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct PushUrls {
    /// `http` too.
    pub http: bool,
    /// Networks that are not public. They can be read: that was checked.
    pub networks: Vec<String>,
    /// The only hosts, unless there are none.
    pub hosts: Vec<String>,
    /// Further ports.
    pub ports: Vec<u16>,
}

/// How notifications are relayed; `None` is as usual.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Relay {
    /// Where agents reach the gateway.
    pub public_url: String,
    /// Which URLs are called.
    pub urls: PushUrls,
    /// How long a registration lives.
    pub lifetime: Option<Duration>,
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// How many attempts there are.
    pub attempts: Option<u32>,
    /// How old a notification may become.
    pub give_up_after: Option<Duration>,
    /// The longest notification.
    pub max_payload_bytes: Option<usize>,
}
