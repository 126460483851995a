use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::time::Instant;

use crate::policy::ItemKind;

/// How soon after a listing a name that it lacks is worth another one.
const AGAIN: Duration = Duration::from_secs(1);
/// How soon a target that could not be listed is asked again.
const RETRY: Duration = Duration::from_secs(5);
/// The most callers and kinds that lists are kept for. Beyond, the one that was asked for longest ago goes.
const MOST_SLOTS: usize = 1024;
/// The most shortened names that are kept.
const MOST_NAMES: usize = 10_000;

/// Which target has which name, where the name does not tell.
#[derive(Debug)]
pub(super) struct Index {
    targets: usize,
    slots: Mutex<HashMap<(String, ItemKind), Arc<Slot>>>,
    /// Names that were shortened mean the same for all callers, and forever.
    shortened: Mutex<HashMap<(ItemKind, String), (usize, String)>>,
}

/// What one caller was told, of one kind.
#[derive(Debug)]
pub(super) struct Slot {
    lists: Mutex<Lists>,
    /// Held by the one that lists anew.
    pub(super) flight: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Lists {
    used: Instant,
    /// By target.
    of: Vec<Listed>,
}

/// The names that one target has.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    /// From the name that is told to the target's own.
    pub(super) names: Arc<HashMap<String, String>>,
    fresh_until: Option<Instant>,
    at: Option<Instant>,
    /// It could not be listed; the names are those from before.
    pub(super) failed: bool,
}

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// To this target, and to this name of its own.
    At(usize, String),
    Nowhere,
    /// To more than one target.
    Twice,
}

impl Index {
    pub(super) fn new(targets: usize) -> Self {
        Self {
            targets,
            slots: Mutex::default(),
            shortened: Mutex::default(),
        }
    }

    /// Keeps a name that was shortened.
    pub(super) fn learn(&self, kind: ItemKind, outer: &str, at: usize, inner: &str) {
        if let Ok(mut known) = self.shortened.lock() {
            if known.len() < MOST_NAMES {
                known.insert((kind, outer.to_owned()), (at, inner.to_owned()));
            }
        }
    }

    pub(super) fn shortened(&self, kind: ItemKind, outer: &str) -> Option<Found> {
        let known = self.shortened.lock().ok()?;
        if known.is_empty() {
            return None;
        }
        let (at, inner) = known.get(&(kind, outer.to_owned()))?.clone();
        Some(Found::At(at, inner))
    }

    /// A target's list has changed.
    pub(super) fn forget(&self, at: usize, kind: ItemKind) {
        let Ok(slots) = self.slots.lock() else {
            return;
        };
        for (_, slot) in slots.iter().filter(|((_, of), _)| *of == kind) {
            if let Ok(mut lists) = slot.lists.lock() {
                if let Some(listed) = lists.of.get_mut(at) {
                    (listed.fresh_until, listed.at) = (None, None);
                }
            }
        }
    }

    pub(super) fn slot(&self, caller: String, kind: ItemKind) -> Option<Arc<Slot>> {
        let mut slots = self.slots.lock().ok()?;
        if slots.len() >= MOST_SLOTS && !slots.contains_key(&(caller.clone(), kind)) {
            let used = |slot: &Slot| slot.lists.lock().ok().map(|lists| lists.used);
            let oldest = slots.iter().min_by_key(|(_, slot)| used(slot));
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                slots.remove(&oldest);
            }
        }
        let fresh = || {
            Arc::new(Slot {
                lists: Mutex::new(Lists {
                    used: Instant::now(),
                    of: vec![Listed::default(); self.targets],
                }),
                flight: tokio::sync::Mutex::default(),
            })
        };
        let slot = slots.entry((caller, kind)).or_insert_with(fresh);
        Some(Arc::clone(slot))
    }
}

impl Slot {
    /// Looks at the lists where they are.
    pub(super) fn look<R>(&self, look: impl FnOnce(&[Listed]) -> Option<R>) -> Option<R> {
        let mut lists = self.lists.lock().ok()?;
        lists.used = Instant::now();
        look(&lists.of)
    }

    /// The lists as they are now.
    pub(super) fn lists(&self) -> Vec<Listed> {
        match self.lists.lock() {
            Ok(mut lists) => {
                lists.used = Instant::now();
                lists.of.clone()
            }
            Err(_) => Vec::new(),
        }
    }

    pub(super) fn put(&self, at: usize, listed: Listed) {
        if let Ok(mut lists) = self.lists.lock() {
            if let Some(place) = lists.of.get_mut(at) {
                *place = listed;
            }
        }
    }
}

impl Listed {
    pub(super) fn now(names: HashMap<String, String>, ttl: Duration) -> Self {
        let now = Instant::now();
        Self {
            names: Arc::new(names),
            fresh_until: Some(now + ttl),
            at: Some(now),
            failed: false,
        }
    }

    /// What it had is not forgotten, and it is not asked for each call.
    pub(super) fn failing(&self) -> Self {
        let now = Instant::now();
        Self {
            names: Arc::clone(&self.names),
            fresh_until: Some(now + RETRY),
            at: Some(now),
            failed: true,
        }
    }

    /// Whether it was listed since then, and still holds.
    pub(super) fn is_since(&self, then: Instant) -> bool {
        self.is_fresh() && self.at.is_some_and(|at| at >= then)
    }

    fn is_fresh(&self) -> bool {
        self.fresh_until.is_some_and(|until| until > Instant::now())
    }

    /// Whether a name that was found may have become another's. A target that is out keeps none waiting.
    pub(super) fn is_stale(&self) -> bool {
        !self.is_fresh() && !self.failed
    }

    /// Whether asking again may tell of a name that it lacks.
    pub(super) fn may_have_more(&self) -> bool {
        let wait = if self.failed { RETRY } else { AGAIN };
        !self.is_fresh() || self.at.is_none_or(|at| at + wait <= Instant::now())
    }
}

/// Those of the candidates whose list is such.
pub(super) fn of(
    lists: &[Listed],
    candidates: &[usize],
    is_such: impl Fn(&Listed) -> bool,
) -> Vec<usize> {
    let such = |at: &&usize| lists.get(**at).is_some_and(&is_such);
    candidates.iter().filter(such).copied().collect()
}

/// The best of what the lists say: the longest match, if no other is as long.
pub(super) fn best(
    lists: &[Listed],
    candidates: &[usize],
    outer: &str,
    look: fn(&Listed, &str) -> Option<(usize, String)>,
) -> Found {
    let mut best = (0, Found::Nowhere);
    for at in candidates {
        let Some((length, inner)) = lists.get(*at).and_then(|listed| look(listed, outer)) else {
            continue;
        };
        best = match best {
            (longest, found) if longest > length => (longest, found),
            (longest, Found::At(..) | Found::Twice) if longest == length => (length, Found::Twice),
            _ => (length, Found::At(*at, inner)),
        };
    }
    best.1
}

pub(super) fn exact(listed: &Listed, outer: &str) -> Option<(usize, String)> {
    listed.names.get(outer).map(|inner| (1, inner.clone()))
}

/// A template that this URI begins as, up to its first expression. Linear in both.
pub(super) fn by_template(listed: &Listed, uri: &str) -> Option<(usize, String)> {
    let literals = listed.names.keys().map(|template| {
        let (literal, _) = template.split_once('{').unwrap_or((template, ""));
        literal
    });
    literals
        .filter(|literal| !literal.is_empty() && uri.starts_with(literal))
        .map(str::len)
        .max()
        .map(|length| (length, uri.to_owned()))
}
