use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use notify::{
    Event, EventKind,
    event::{AccessKind, AccessMode, ModifyKind},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// How many files that are being written are remembered.
const MAX_WRITING: usize = 1_000;

/// What the system told, until it is quiet.
#[derive(Debug, Default)]
pub(in crate::reload) struct Signals {
    unrest: Mutex<Unrest>,
    woken: Notify,
}

#[derive(Debug, Default)]
struct Unrest {
    /// The first and the last change that nobody has looked at.
    change: Option<(Instant, Instant)>,
    /// Files that were written to and not closed since: half of them may be missing.
    writing: BTreeSet<PathBuf>,
}

impl Signals {
    /// The system told of something that matters.
    pub(super) fn saw(&self, event: &Event) {
        let mut unrest = self.unrest();
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Remove(_) => {
                for path in &event.paths {
                    unrest.writing.remove(path);
                }
            }
            // Our own reading, too.
            EventKind::Access(_) => return,
            EventKind::Modify(ModifyKind::Data(_)) if unrest.writing.len() < MAX_WRITING => {
                unrest.writing.extend(event.paths.iter().cloned());
            }
            _ => {}
        }
        unrest.stir();
        drop(unrest);
        self.woken.notify_one();
    }

    /// Something may have changed, and what is not known.
    pub(super) fn stir(&self) {
        self.unrest().stir();
        self.woken.notify_one();
    }

    /// Waits for a change, and then until it has been quiet for so long, or in unrest for so long.
    ///
    /// # Cancel safety
    /// It may be dropped and called again; nothing is missed.
    pub(in crate::reload) async fn settled(&self, quiet: Duration, limit: Duration) {
        loop {
            let Some(due) = self.unrest().due(quiet, limit) else {
                self.woken.notified().await;
                continue;
            };
            if Instant::now() >= due {
                *self.unrest() = Unrest::default();
                return;
            }
            tokio::select! {
                () = sleep_until(due) => {}
                () = self.woken.notified() => {}
            }
        }
    }

    fn unrest(&self) -> MutexGuard<'_, Unrest> {
        self.unrest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unrest {
    fn stir(&mut self) {
        let now = Instant::now();
        let first = self.change.map_or(now, |(first, _)| first);
        self.change = Some((first, now));
    }

    fn due(&self, quiet: Duration, limit: Duration) -> Option<Instant> {
        let (first, last) = self.change?;
        let latest = first + limit;
        if self.writing.is_empty() {
            Some(latest.min(last + quiet))
        } else {
            Some(latest)
        }
    }
}
