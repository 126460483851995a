use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::task::spawn_blocking;

use super::{Candidate, Load, Refused, watch::Eyes};

/// The source, with what watches it. Both block, and so are used on threads of their own.
#[derive(Debug)]
pub(super) struct Looking<L>(Arc<Mutex<Followed<L>>>);

#[derive(Debug)]
struct Followed<L> {
    load: L,
    eyes: Eyes,
    paths: Vec<PathBuf>,
}

/// What a look has found.
pub(super) struct Found {
    pub(super) fingerprint: String,
    /// None when it is known already, or not yet for sure.
    pub(super) candidate: Option<Result<Candidate, Refused>>,
    pub(super) unsure: bool,
    /// Whether the system tells of changes, or why not.
    pub(super) told: Result<(), String>,
}

/// What is to be validated; all, where nothing is said.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Content that is not.
    pub(super) known: Vec<String>,
    /// Content that was found before, where it counts only when it is found again.
    pub(super) sure: Option<Vec<String>>,
}

// === impl Looking ===

impl<L: Load> Looking<L> {
    pub(super) fn new(load: L, eyes: Eyes) -> Self {
        let paths = load.paths();
        Self(Arc::new(Mutex::new(Followed { load, eyes, paths })))
    }

    /// Reads, and validates where that is wanted.
    pub(super) async fn look(&self, wanted: Wanted) -> Found {
        let source = Arc::clone(&self.0);
        let looking = spawn_blocking(move || {
            // A panic of an earlier look has left nothing half done: each reads all anew.
            let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
            let Followed { load, eyes, paths } = &mut *source;
            let told = eyes.look(paths);
            let read = load.read();
            let (news, unsure) = wanted.of(&read.fingerprint);
            let wanted = news && !unsure;
            Found {
                candidate: wanted.then(|| read.text.and_then(|text| load.validate(text))),
                fingerprint: read.fingerprint,
                unsure,
                told,
            }
        });
        looking.await.unwrap_or_else(|_| Found {
            fingerprint: "unknown".to_owned(),
            candidate: Some(Err(Refused::new(
                "the validation panicked, which is a fault of the gateway",
            ))),
            unsure: false,
            told: Ok(()),
        })
    }

    /// Asks the source; `None` when it panics.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut L) -> T + Send + 'static,
    ) -> Option<T> {
        let source = Arc::clone(&self.0);
        let asking = spawn_blocking(move || {
            let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
            ask(&mut source.load)
        });
        asking.await.ok()
    }
}

// === impl Wanted ===

impl Wanted {
    /// Whether the content is wanted, and whether that is not sure yet.
    fn of(&self, fingerprint: &String) -> (bool, bool) {
        let news = !self.known.contains(fingerprint);
        let sure = self.sure.as_ref();
        let first = sure.is_some_and(|sure| !sure.contains(fingerprint));
        (news, news && first)
    }
}
