use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use notify::{
    Event, EventKind,
    event::{AccessKind, AccessMode, ModifyKind, RenameMode},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use super::Watch;

/// How many files that are being written are remembered.
const MAX_WRITING: usize = 1_000;

/// What the system told, until it is quiet.
#[derive(Debug, Default)]
pub(in crate::reload) struct Signals {
    unrest: Mutex<Unrest>,
    woken: Notify,
}

/// What a change has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::reload) enum Settled {
    /// Nothing changes any more, and every file that was written to has been closed.
    Whole,
    /// These were written to and not closed: half of them may be missing.
    Unfinished(Vec<PathBuf>),
}

#[derive(Debug, Default)]
struct Unrest {
    /// The first and the last change that nobody has looked at.
    change: Option<(Instant, Instant)>,
    /// Files that were written to and not closed since, and since when.
    writing: BTreeMap<PathBuf, Instant>,
    /// When the last of them was closed.
    closed: Option<Instant>,
    /// Since when one of them is written to that has lost its name, until it has another.
    renamed: Option<Instant>,
}

impl Signals {
    /// The system told of something that matters. `read` says whether a file is one that is read.
    pub(super) fn saw(&self, event: &Event, read: impl Fn(&Path) -> bool) {
        let mut unrest = self.unrest();
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Remove(_) => {
                event.paths.iter().for_each(|path| unrest.end(path));
            }
            // Our own reading, too.
            EventKind::Access(_) => return,
            EventKind::Modify(ModifyKind::Data(_)) if unrest.writing.len() < MAX_WRITING => {
                for path in event.paths.iter().filter(|path| read(path)) {
                    let since = unrest.writing.entry(path.clone());
                    since.or_insert_with(Instant::now);
                }
            }
            EventKind::Modify(ModifyKind::Name(mode)) => unrest.rename(mode, &event.paths),
            _ => {}
        }
        unrest.stir();
        drop(unrest);
        self.woken.notify_one();
    }

    /// Something may have changed, and what is not known: neither is what is being written.
    pub(super) fn stir(&self) {
        let mut unrest = self.unrest();
        unrest.writing.clear();
        unrest.stir();
        drop(unrest);
        self.woken.notify_one();
    }

    /// Whether there is a change that nobody has looked at.
    pub(in crate::reload) fn has_change(&self) -> bool {
        self.unrest().change.is_some()
    }

    /// Whether a file is being written.
    pub(in crate::reload) fn is_writing(&self) -> bool {
        !self.unrest().still_writing().is_empty()
    }

    /// What was told so far is being looked at.
    pub(in crate::reload) fn looked_at(&self) {
        self.unrest().take();
    }

    /// Waits for a change, and then until nothing changes any more, or for as long as the watch says.
    ///
    /// # Cancel safety
    /// It may be dropped and called again; nothing is missed.
    pub(in crate::reload) async fn settled(&self, watch: &Watch) -> Settled {
        loop {
            let Some(due) = self.unrest().due(watch) else {
                self.woken.notified().await;
                continue;
            };
            if Instant::now() >= due {
                let mut unrest = self.unrest();
                unrest.take();
                let writing = unrest.still_writing();
                if writing.is_empty() {
                    return Settled::Whole;
                }
                return Settled::Unfinished(writing.keys().cloned().collect());
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

    fn take(&mut self) {
        (self.change, self.closed) = (None, None);
    }

    /// The file is closed, or gone with all that is in it.
    fn end(&mut self, path: &Path) {
        let before = self.writing.len();
        self.writing.retain(|own, _| !own.starts_with(path));
        if self.writing.is_empty() && before > 0 {
            self.closed = Some(Instant::now());
        }
    }

    /// Who writes goes on writing under the new name.
    fn rename(&mut self, mode: RenameMode, paths: &[PathBuf]) {
        match (mode, paths) {
            (RenameMode::From, [from]) => {
                self.renamed = self.writing.get(from).copied();
                self.end(from);
            }
            (RenameMode::Both, [_, to]) => {
                let since = self.renamed.take();
                self.writing.extend(since.map(|since| (to.clone(), since)));
            }
            _ => {}
        }
    }

    /// What was moved away by its folder is not told.
    fn still_writing(&mut self) -> &BTreeMap<PathBuf, Instant> {
        self.writing.retain(|path, _| path.exists());
        &self.writing
    }

    fn due(&self, watch: &Watch) -> Option<Instant> {
        let (first, last) = self.change?;
        if let Some(oldest) = self.writing.values().min() {
            return Some(*oldest + watch.unfinished);
        }
        let rests = (first + watch.unrest).min(last + watch.quiet);
        // Behind a file that took its time there may be a second one.
        let closed = self.closed.map(|closed| closed + watch.quiet);
        Some(rests.max(closed.map_or(rests, |it| it.min(first + watch.unfinished))))
    }
}
