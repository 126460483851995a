use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use agentgateway_core::store::{Later, MemoryTasks, StoreError, TaskIndex};
use tokio::runtime::Handle;

use crate::A2aCall;

/// The longest id that a home is kept for, in bytes: that of the ids which are read from answers.
const MAX_ID_BYTES: usize = 1024;
/// How many writes to a shared index may be under way; more are left out.
const MAX_WRITES: usize = 1024;

/// Where tasks live.
#[derive(Clone)]
pub(super) struct Homes {
    agent: Arc<str>,
    near: Arc<MemoryTasks>,
    far: Option<Arc<Far>>,
    going: Duration,
    ended: Duration,
}

/// The index that gateways share.
struct Far {
    index: Arc<dyn TaskIndex>,
    is_away: AtomicBool,
    writes: AtomicUsize,
}

/// What a home is kept for.
#[derive(Clone, Copy, Debug)]
pub(super) enum About<'a> {
    Task(&'a str),
    Context(&'a str),
}

impl Homes {
    pub(super) fn new(agent: &str) -> Self {
        Self {
            agent: agent.into(),
            near: Arc::new(MemoryTasks::new()),
            far: None,
            going: Duration::from_secs(24 * 60 * 60),
            ended: Duration::from_secs(60 * 60),
        }
    }

    pub(super) fn of(&self, agent: &str) -> Self {
        Self {
            agent: agent.into(),
            ..self.clone()
        }
    }

    pub(super) fn shared(&self, index: Arc<dyn TaskIndex>) -> Self {
        Self {
            far: Some(Arc::new(Far {
                index,
                is_away: AtomicBool::new(false),
                writes: AtomicUsize::new(0),
            })),
            ..self.clone()
        }
    }

    pub(super) fn living(&self, going: Duration, ended: Duration) -> Self {
        Self {
            going,
            ended,
            ..self.clone()
        }
    }

    /// The home of what a call is about: its task, else its conversation.
    pub(super) async fn of_call(&self, call: &A2aCall) -> Option<Arc<str>> {
        let task = call.task_id().map(About::Task);
        let context = call.context_id().map(About::Context);
        for about in [task, context].into_iter().flatten() {
            if let Some(home) = self.find(about).await {
                return Some(home);
            }
        }
        None
    }

    async fn find(&self, about: About<'_>) -> Option<Arc<str>> {
        let key = self.key(about)?;
        let near = self.near.home(&key).wait().await;
        if let Ok(Some(home)) = near {
            return Some(home);
        }
        let far = self.far.as_ref()?;
        far.heard(far.index.home(&key).wait().await).flatten()
    }

    /// Writes down where it lives; `ended` is whether nothing more will come of it.
    pub(super) fn put(&self, about: About<'_>, home: &str, ended: bool) {
        let Some(key) = self.key(about) else { return };
        let lifetime = if ended { self.ended } else { self.going };
        // Memory answers at once, and does not fail.
        let _ = self.near.put(&key, home, lifetime);
        if let Some(far) = &self.far {
            Far::put(far, &key, home, lifetime);
        }
    }

    /// Ids are the agent's own, so they mean the same whoever names them, and in whatever tenant.
    fn key(&self, about: About<'_>) -> Option<String> {
        let (room, id) = match about {
            About::Task(id) => ("task", id),
            About::Context(id) => ("context", id),
        };
        (id.len() <= MAX_ID_BYTES).then(|| format!("a2a/{}/{room}/{id}", self.agent))
    }
}

impl Far {
    fn put(this: &Arc<Self>, key: &str, home: &str, lifetime: Duration) {
        let word = match this.index.put(key, home, lifetime) {
            Later::Now(word) => {
                this.heard(word);
                return;
            }
            Later::Soon(word) => word,
        };
        // The answer goes on meanwhile: whoever asks this process finds the home in its memory.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if this.writes.fetch_add(1, Ordering::Relaxed) < MAX_WRITES {
            let far = Arc::clone(this);
            runtime.spawn(async move {
                far.heard(word.await);
                far.writes.fetch_sub(1, Ordering::Relaxed);
            });
        } else {
            this.writes.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Takes the word, or tells that there is none: once.
    fn heard<T>(&self, word: Result<T, StoreError>) -> Option<T> {
        let was_away = self.is_away.swap(word.is_err(), Ordering::Relaxed);
        match word {
            Ok(word) => {
                if was_away {
                    tracing::info!("the index of tasks is back");
                }
                Some(word)
            }
            Err(error) => {
                if !was_away {
                    tracing::warn!(
                        %error,
                        "the index of tasks gives no word: calls about tasks that this process has not seen \
                         go to any replica"
                    );
                }
                None
            }
        }
    }
}

impl fmt::Debug for Homes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Homes")
            .field("agent", &self.agent)
            .field("is_shared", &self.far.is_some())
            .finish_non_exhaustive()
    }
}
