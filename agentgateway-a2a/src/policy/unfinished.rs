use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use agentgateway_core::{
    Error, ErrorKind,
    policy::{Decision, Follow, Policy},
};
use http::{request, response};
use tokio::time::Instant;

use super::caller::caller;
use crate::{A2aCall, A2aOperation, A2aReport, layer::AnswerTap};

/// Default of [`Unfinished::lifetime`].
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// How many tasks of a caller may be unfinished. Clones count together.
///
/// A policy within [`A2aLayer`](crate::A2aLayer). A task counts from the answer that names it until an answer to the
/// same caller tells that it has come to an end, or until nothing was heard of it for so
/// [long](Self::lifetime): whoever begins tasks and never asks for them gets a place back then. Over the limit a
/// message that would begin a task is refused with 429; messages to tasks that stand go on. Calls at once may
/// pass the limit together, so that [`Loops`](super::Loops) or core's `ConcurrencyLimit` belongs beside it.
///
/// ```
/// use agentgateway_a2a::policy::Unfinished;
/// use agentgateway_core::policy::PolicyLayer;
///
/// let layer = PolicyLayer::new(Unfinished::tasks(100));
/// # let _ = layer;
/// ```
#[derive(Clone)]
pub struct Unfinished {
    most: usize,
    lifetime: Duration,
    known: Arc<Mutex<Known>>,
}

/// The tasks of each caller, and when they were last heard of.
#[derive(Default)]
struct Known {
    callers: HashMap<Arc<str>, HashMap<Box<str>, Instant>>,
    next_sweep: Option<Instant>,
}

/// Hears what becomes of tasks.
struct Hears {
    policy: Unfinished,
    caller: Arc<str>,
    agent: Option<Box<str>>,
    begins: bool,
}

// === impl Unfinished ===

impl Unfinished {
    /// So many tasks for each caller: the authenticated one, else the client's address.
    #[must_use]
    pub fn tasks(most: usize) -> Self {
        Self {
            most,
            lifetime: LIFETIME,
            known: Arc::default(),
        }
    }

    /// How long a task counts of which nothing is heard. Default: 1 h.
    #[must_use]
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    fn has_room(&self, caller: &str) -> bool {
        let now = Instant::now();
        let mut known = self.known();
        let Some(tasks) = known.callers.get_mut(caller) else {
            return self.most > 0;
        };
        tasks.retain(|_, heard| now.duration_since(*heard) < self.lifetime);
        tasks.len() < self.most
    }

    fn hear(&self, caller: &Arc<str>, task: Box<str>, finished: bool, begins: bool) {
        let now = Instant::now();
        let mut known = self.known();
        known.sweep(now, self.lifetime);
        if finished {
            if let Some(tasks) = known.callers.get_mut(caller) {
                tasks.remove(&task);
                if tasks.is_empty() {
                    known.callers.remove(caller);
                }
            }
        } else if begins {
            let tasks = known.callers.entry(Arc::clone(caller)).or_default();
            tasks.insert(task, now);
        } else if let Some(heard) = known
            .callers
            .get_mut(caller)
            .and_then(|tasks| tasks.get_mut(&task))
        {
            *heard = now;
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the callers.
impl fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished")
            .field("most", &self.most)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

impl Policy for Unfinished {
    fn name(&self) -> &'static str {
        "unfinished tasks"
    }

    fn decide(&self, head: &mut request::Parts) -> Decision {
        let Some(call) = head.extensions.get::<A2aCall>() else {
            return Decision::Pass;
        };
        let sends = matches!(
            call.operation(),
            A2aOperation::SendMessage | A2aOperation::SendStreamingMessage
        );
        let caller: Arc<str> = caller(head).into();
        if sends && call.task_id().is_none() && !self.has_room(&caller) {
            let message = "too many tasks are unfinished, try again when one has ended";
            return Decision::Refuse(Error::new(ErrorKind::RateLimited, message));
        }
        Decision::Follow(Box::new(Hears {
            policy: self.clone(),
            caller,
            agent: call.agent().map(Box::from),
            begins: sends,
        }))
    }
}

impl Follow for Hears {
    fn head(&mut self, head: &mut response::Parts) {
        let (policy, caller) = (self.policy.clone(), Arc::clone(&self.caller));
        let (agent, begins) = (self.agent.take().unwrap_or_default(), self.begins);
        AnswerTap::insert(&mut head.extensions, move |report: &A2aReport| {
            let (Some(task), Some(state)) = (&report.task_id, report.state) else {
                return;
            };
            // The length tells where the agent's name ends.
            let task = format!("{} {agent} {task}", agent.len());
            policy.hear(&caller, task.into(), state.is_terminal(), begins);
        });
    }
}

// === impl Known ===

impl Known {
    /// Forgets callers that have not come back, now and then.
    fn sweep(&mut self, now: Instant, lifetime: Duration) {
        if self.next_sweep.is_some_and(|next| now < next) {
            return;
        }
        self.next_sweep = now.checked_add(lifetime);
        self.callers.retain(|_, tasks| {
            tasks.retain(|_, heard| now.duration_since(*heard) < lifetime);
            !tasks.is_empty()
        });
    }
}
