use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use notify::{Event, RecursiveMode, Watcher};

use super::{places::Places, signals::Signals};

/// Makes what the system tells changes to.
pub(super) type Open = fn(Handler) -> notify::Result<Box<dyn Watcher + Send>>;

/// Is told of changes, on a thread of the watcher.
pub(super) type Handler = Box<dyn FnMut(notify::Result<Event>) + Send>;

/// Has the system tell of changes where they matter.
pub(in crate::reload) struct Eyes {
    open: Option<Open>,
    signals: Arc<Signals>,
    places: Arc<Mutex<Places>>,
    watcher: Option<Box<dyn Watcher + Send>>,
    /// What is watched, and which folder that was.
    watched: BTreeMap<PathBuf, Identity>,
}

/// A folder that was made anew under its old name is another one.
type Identity = Option<(u64, u64)>;

impl Eyes {
    /// Closed for good where `told` is false.
    pub(in crate::reload) fn new(signals: Arc<Signals>, told: bool) -> Self {
        Self::with(signals, told.then_some(recommended as Open))
    }

    pub(super) fn with(signals: Arc<Signals>, open: Option<Open>) -> Self {
        Self {
            open,
            signals,
            places: Arc::default(),
            watcher: None,
            watched: BTreeMap::new(),
        }
    }

    /// Watches all places of these paths as they are now. To be called before the paths are read:
    /// what changes behind that is told. Says what is wrong when something is not watched.
    pub(in crate::reload) fn look(&mut self, paths: &[PathBuf]) -> Result<(), String> {
        let open = self.open.ok_or_else(|| "it is turned off".to_owned())?;
        let places = Places::of(paths);
        let wanted = places.watched();
        *self.places.lock().unwrap_or_else(PoisonError::into_inner) = places;
        if self.watcher.is_none() {
            self.watcher = Some(open(self.handler()).map_err(|error| error.to_string())?);
        }
        let Some(watcher) = &mut self.watcher else {
            return Ok(());
        };
        let now: BTreeMap<_, _> = wanted
            .into_iter()
            .map(|path| (path.clone(), identity(&path)))
            .collect();
        for (path, _) in self
            .watched
            .iter()
            .filter(|(path, own)| now.get(*path) != Some(own))
        {
            // It may be gone, and its watch with it.
            let _ = watcher.unwatch(path);
        }
        self.watched.retain(|path, own| now.get(path) == Some(own));
        let mut result = Ok(());
        for (path, own) in now {
            if own.is_none() || self.watched.contains_key(&path) {
                continue;
            }
            match watcher.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(path, own);
                }
                Err(_) if !path.exists() => {}
                Err(error) => result = Err(error.to_string()),
            }
        }
        result
    }

    fn handler(&self) -> Handler {
        let (signals, places) = (Arc::clone(&self.signals), Arc::clone(&self.places));
        Box::new(move |event| match event {
            Ok(event) if !event.need_rescan() => {
                let places = places.lock().unwrap_or_else(PoisonError::into_inner);
                if event.paths.iter().any(|path| places.matter(path)) {
                    signals.saw(&event, |path| places.are_read(path));
                }
            }
            // Events were lost, or a watch was.
            Ok(_) | Err(_) => signals.stir(),
        })
    }
}

impl fmt::Debug for Eyes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Eyes")
            .field("watched", &self.watched)
            .finish_non_exhaustive()
    }
}

fn recommended(handler: Handler) -> notify::Result<Box<dyn Watcher + Send>> {
    Ok(Box::new(notify::recommended_watcher(handler)?))
}

#[cfg(unix)]
fn identity(path: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    let folder = fs::metadata(path).ok()?;
    Some((folder.dev(), folder.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Identity {
    fs::metadata(path).ok().map(|_| (0, 0))
}
