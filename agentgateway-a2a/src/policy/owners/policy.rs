use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agentgateway_core::{
    Error, ErrorKind,
    body::End,
    jsonrpc,
    policy::{Decision, Follow, Policy},
    store::{Later, MemoryTasks, TaskIndex},
};
use http::{request, response};

use crate::{
    A2aBinding, A2aCall, A2aOperation, A2aReport,
    layer::{AnswerTap, TaskFilter},
    policy::{
        caller::authenticated,
        content::{refuse_unread, unread_body},
    },
    wire::{A2aError, code},
};

/// Default of [`TaskOwners::lifetime`].
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest page token that is remembered, in bytes.
const MAX_CURSOR_BYTES: usize = 4096;

/// Keeps the tasks of callers apart. Clones know the same.
///
/// See the [module](super) for what it does.
#[derive(Clone, Debug)]
pub struct TaskOwners {
    known: Arc<Known>,
    lifetime: Duration,
}

/// Who owns what, by agent and id.
#[derive(Debug, Default)]
struct Known {
    tasks: MemoryTasks,
    contexts: MemoryTasks,
    /// Pages of lists that were given to a caller.
    cursors: MemoryTasks,
    /// Held while something that nobody has becomes somebody's.
    claiming: Mutex<()>,
}

/// Learns from the answer to one call what belongs to its caller.
#[derive(Clone)]
struct Learning {
    owners: TaskOwners,
    agent: Arc<str>,
    caller: Arc<str>,
    tenant: Arc<str>,
}

/// What is looked for in the answer.
enum Follows {
    Learns(Learning),
    Lists(Learning),
}

// === impl TaskOwners ===

impl TaskOwners {
    /// Remembers 65,536 tasks, as many contexts, and as many page tokens.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Known::default())
    }

    /// Remembers so many tasks, as many contexts, and as many page tokens, roughly; the ones that were not asked
    /// for longest are forgotten.
    #[must_use]
    pub fn with_max_tasks(tasks: usize) -> Self {
        Self::of(Known {
            tasks: MemoryTasks::with_max_tasks(tasks),
            contexts: MemoryTasks::with_max_tasks(tasks),
            cursors: MemoryTasks::with_max_tasks(tasks),
            claiming: Mutex::default(),
        })
    }

    fn of(known: Known) -> Self {
        Self {
            known: Arc::new(known),
            lifetime: LIFETIME,
        }
    }

    /// How long a task is remembered after it was last asked for. Default: 24 h.
    #[must_use]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Whether this caller may do this, and what is to be learnt of the answer.
    fn check(&self, head: &request::Parts, call: &A2aCall) -> Result<Option<Follows>, Error> {
        use A2aOperation as Op;

        let learning = Learning {
            owners: self.clone(),
            agent: call.agent().unwrap_or_default().into(),
            caller: authenticated(head).unwrap_or_default().into(),
            tenant: call.tenant().unwrap_or_default().into(),
        };
        if let Op::Unknown(_) = call.operation() {
            let error = Error::new(ErrorKind::NotFound, "this method is not known here");
            return Err(A2aError::coded(error, jsonrpc::code::METHOD_NOT_FOUND));
        }
        let sends = matches!(call.operation(), Op::SendMessage | Op::SendStreamingMessage);
        if let Some(error) = unread_body(head, call).filter(|_| sends) {
            return Err(error);
        }
        if let Some(task) = call.task_id() {
            if !learning.owns(task) {
                return Err(not_found());
            }
        } else if needs_task(call.operation()) {
            return Err(not_found());
        }
        if let Some(context) = call.context_id() {
            let claims = sends && call.task_id().is_none();
            if !learning.has_context(context, claims) {
                return Err(not_yours());
            }
        }
        if call.page_token().is_some_and(|page| !learning.gave(page)) {
            return Err(not_a_page());
        }
        let lists = *call.operation() == Op::ListTasks;
        if call.binding() == A2aBinding::Grpc && lists {
            let message = "tasks cannot be listed over gRPC here; use another binding";
            let error = Error::new(ErrorKind::InvalidRequest, message);
            return Err(A2aError::coded(error, code::UNSUPPORTED_OPERATION));
        }
        Ok(match (lists, sends) {
            (true, _) => Some(Follows::Lists(learning)),
            (false, true) => Some(Follows::Learns(learning)),
            (false, false) => None,
        })
    }
}

impl Default for TaskOwners {
    fn default() -> Self {
        Self::new()
    }
}

impl Policy for TaskOwners {
    fn name(&self) -> &'static str {
        "task owners"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let Some(call) = head.extensions.get::<A2aCall>() else {
            return refuse_unread(head).map_or(Decision::Pass, Decision::Refuse);
        };
        match self.check(head, call) {
            Ok(Some(follows)) => Decision::Follow(Box::new(follows)),
            Ok(None) => Decision::Pass,
            Err(error) => Decision::Refuse(error),
        }
    }
}

// === impl Learning ===

impl Learning {
    fn key(&self, id: &str) -> String {
        // The length tells where the agent's name ends.
        format!("{} {} {id}", self.agent.len(), self.agent)
    }

    /// Whether a task is the caller's. One that is goes on being known.
    fn owns(&self, task: &str) -> bool {
        self.is_mine(&self.owners.known.tasks, &self.key(task))
            .unwrap_or(false)
    }

    /// Whether a context may be the caller's; one that nobody has becomes so where it is claimed.
    fn has_context(&self, context: &str, claims: bool) -> bool {
        let key = self.key(context);
        if claims {
            return self.claim(&self.owners.known.contexts, &key);
        }
        self.is_mine(&self.owners.known.contexts, &key)
            .unwrap_or(true)
    }

    /// Whether this caller was given this page of its list.
    fn gave(&self, cursor: &str) -> bool {
        let key = self.cursor_key(cursor);
        matches!(
            self.owners.known.cursors.home(&key),
            Later::Now(Ok(Some(_)))
        )
    }

    fn give(&self, cursor: &str) {
        if cursor.len() <= MAX_CURSOR_BYTES {
            self.put(&self.owners.known.cursors, &self.cursor_key(cursor));
        }
    }

    /// Agents may give several callers the same: it is known by whose it is, too.
    fn cursor_key(&self, cursor: &str) -> String {
        let (caller, tenant) = (&self.caller, &self.tenant);
        let whose = format!("{} {caller} {} {tenant}", caller.len(), tenant.len());
        self.key(&format!("{whose} {cursor}"))
    }

    fn learn(&self, report: &A2aReport) {
        let known = &self.owners.known;
        if let Some(task) = &report.task_id {
            self.claim(&known.tasks, &self.key(task));
        }
        if let Some(context) = &report.context_id {
            self.claim(&known.contexts, &self.key(context));
        }
    }

    /// Takes what nobody has; whether it is the caller's now.
    fn claim(&self, index: &MemoryTasks, key: &str) -> bool {
        let claiming = &self.owners.known.claiming;
        let _claiming = claiming.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_mine(index, key).unwrap_or_else(|| {
            self.put(index, key);
            true
        })
    }

    /// `None` where nobody has it.
    fn is_mine(&self, index: &MemoryTasks, key: &str) -> Option<bool> {
        // The memory of this process answers at once.
        let Later::Now(Ok(Some(owner))) = index.home(key) else {
            return None;
        };
        let mine = owner == self.caller;
        if mine {
            self.put(index, key);
        }
        Some(mine)
    }

    fn put(&self, index: &MemoryTasks, key: &str) {
        drop(index.put(key, &self.caller, self.owners.lifetime));
    }
}

// === impl Follows ===

impl Follow for Follows {
    fn head(&mut self, head: &mut response::Parts) {
        match self {
            Self::Learns(learning) => {
                let learning = learning.clone();
                let hear = move |report: &A2aReport| learning.learn(report);
                AnswerTap::insert(&mut head.extensions, hear);
            }
            Self::Lists(learning) => {
                let learning = learning.clone();
                let pages = learning.clone();
                let filter = TaskFilter::new(
                    move |task| learning.owns(task),
                    move |cursor| pages.give(cursor),
                );
                head.extensions.insert(filter);
            }
        }
    }

    fn end(&mut self, _: End<'_>) {}
}

fn needs_task(operation: &A2aOperation) -> bool {
    use A2aOperation as Op;

    !matches!(
        operation,
        Op::SendMessage
            | Op::SendStreamingMessage
            | Op::ListTasks
            | Op::GetExtendedAgentCard
            | Op::AgentCard
    )
}

/// What the official SDKs say of a task that is not there.
fn not_found() -> Error {
    let error = Error::new(ErrorKind::NotFound, "Task not found");
    A2aError::coded(error, code::TASK_NOT_FOUND)
}

fn not_a_page() -> Error {
    let message = "this pageToken was not given to you for this list; begin with the first page";
    let error = Error::new(ErrorKind::InvalidRequest, message);
    A2aError::coded(error, jsonrpc::code::INVALID_PARAMS)
}

fn not_yours() -> Error {
    let message = "this contextId cannot be used; leave it out to begin a new conversation";
    let error = Error::new(ErrorKind::InvalidRequest, message);
    A2aError::coded(error, jsonrpc::code::INVALID_PARAMS)
}
