use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Wake, Waker},
};

use atomic_waker::AtomicWaker;

/// The one waker of a connection and its exchange.
///
/// hyper's connection and body wake each other, which here is the task that polls both. While they
/// are polled a wake is only noted, and they are polled again; the task is woken for the rest.
pub(super) struct LinkWaker {
    state: Arc<State>,
    waker: Waker,
}

#[derive(Default)]
struct State {
    task: AtomicWaker,
    turning: AtomicBool,
    again: AtomicBool,
}

impl Wake for State {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.again.store(true, SeqCst);
        // The turn ends by clearing `turning` and then reading `again`: one of the two sees it.
        if !self.turning.load(SeqCst) {
            self.task.wake();
        }
    }
}

impl LinkWaker {
    pub(super) fn new() -> Self {
        let state = Arc::new(State::default());
        Self {
            waker: Waker::from(Arc::clone(&state)),
            state,
        }
    }

    /// The context that connection and body are polled with.
    pub(super) fn context(&self) -> Context<'_> {
        Context::from_waker(&self.waker)
    }

    /// A turn of the task begins.
    pub(super) fn enter(&self, cx: &Context<'_>) {
        self.state.task.register(cx.waker());
        self.state.turning.store(true, SeqCst);
    }

    /// Whether something was woken since it was last asked.
    pub(super) fn was_woken(&self) -> bool {
        self.state.again.swap(false, SeqCst)
    }

    /// The turn ends. `pending` when the task waits: then what was woken at the last moment wakes it.
    pub(super) fn leave(&self, pending: bool) {
        self.state.turning.store(false, SeqCst);
        if pending && self.state.again.load(SeqCst) {
            self.state.task.wake();
        }
    }

    /// Forgets the task.
    pub(super) fn detach(&self) {
        self.state.task.take();
    }
}
