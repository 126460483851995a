use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use agentgateway_core::{
    Error, ErrorKind,
    json::{self, JsonType},
};
use bytes::Bytes;
use tokio::time::{Instant, timeout};

use super::{
    fan::{self, Failure, Origins},
    filter::ItemKind,
    hub::Hub,
    items::Told,
    known,
};
use crate::{bridge::caller, wire::McpMethod};

/// For how long at least a list is taken for true: servers that give no time are not listed before each call.
const LEAST: Duration = Duration::from_secs(30);
const MOST: Duration = Duration::from_secs(60 * 60);
/// How soon after a listing a name that it lacks is worth another one.
const AGAIN: Duration = Duration::from_secs(1);
/// The most callers and kinds that lists are kept for. Beyond, the one that was asked for longest ago goes.
const MOST_SLOTS: usize = 1024;
/// The most pages that are read of one list.
const MOST_PAGES: usize = 100;
/// The most names that are kept of one list, and of shortened ones altogether.
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
struct Slot {
    lists: Mutex<Lists>,
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Lists {
    used: Instant,
    /// By target.
    of: Vec<Listed>,
}

#[derive(Clone, Debug, Default)]
struct Listed {
    /// From the name that is told to the target's own.
    names: Arc<HashMap<String, String>>,
    fresh_until: Option<Instant>,
    at: Option<Instant>,
    failed: bool,
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

    fn shortened(&self, kind: ItemKind, outer: &str) -> Option<Found> {
        let known = self.shortened.lock().ok()?;
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

    fn slot(&self, caller: String, kind: ItemKind) -> Option<Arc<Slot>> {
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
    /// The lists as they are now.
    fn lists(&self) -> Vec<Listed> {
        match self.lists.lock() {
            Ok(mut lists) => {
                lists.used = Instant::now();
                lists.of.clone()
            }
            Err(_) => Vec::new(),
        }
    }

    fn put(&self, at: usize, listed: Listed) {
        if let Ok(mut lists) = self.lists.lock() {
            if let Some(place) = lists.of.get_mut(at) {
                *place = listed;
            }
        }
    }
}

impl Listed {
    fn is_fresh(&self) -> bool {
        self.fresh_until.is_some_and(|until| until > Instant::now())
    }

    /// Whether asking again may tell more.
    fn is_old(&self) -> bool {
        self.at.is_none_or(|at| at + AGAIN <= Instant::now())
    }
}

impl Hub {
    /// Where a name leads that must be looked up: without a listing when it is known, else after one.
    ///
    /// # Errors
    /// It is not found, and a target that may have it cannot be asked.
    pub(super) async fn indexed(
        &self,
        kind: ItemKind,
        outer: &str,
        origins: &Origins,
    ) -> Result<Found, Error> {
        if let Some(found) = self.index.shortened(kind, outer) {
            return Ok(found);
        }
        let found = self.looked_up(kind, outer, origins, exact).await?;
        match (kind, found) {
            // It may be one that a template makes, and a template's argument may be one that is listed.
            (ItemKind::Resource, Found::Nowhere) => {
                self.looked_up(ItemKind::Template, outer, origins, by_template)
                    .await
            }
            (_, found) => Ok(found),
        }
    }

    async fn looked_up(
        &self,
        kind: ItemKind,
        outer: &str,
        origins: &Origins,
        look: fn(&Listed, &str) -> Option<(usize, String)>,
    ) -> Result<Found, Error> {
        let candidates: Vec<usize> = (0..self.targets.len())
            .filter(|at| {
                self.targets
                    .get(*at)
                    .is_some_and(|target| self.naming.may_be_of(&target.name, outer))
            })
            .collect();
        let Some(slot) = self.index.slot(caller(&origins.extensions), kind) else {
            return Err(Error::new(ErrorKind::Internal, "the index is not there"));
        };
        let mut lists = slot.lists();
        let stale = of(&lists, &candidates, |listed| !listed.is_fresh());
        let mut found = best(&lists, &candidates, outer, look);
        let wanted = match found {
            Found::Nowhere => of(&lists, &candidates, |listed| {
                !listed.is_fresh() || listed.is_old()
            }),
            _ => stale,
        };
        if !wanted.is_empty() {
            lists = self.refresh(&slot, kind, &wanted, origins).await;
            found = best(&lists, &candidates, outer, look);
        }
        let failed = of(&lists, &candidates, |listed| listed.failed);
        match (found, failed.first().and_then(|at| self.targets.get(*at))) {
            (Found::Nowhere, Some(target)) => {
                let message = format!("the server `{}` cannot be asked what it has", target.name);
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            (found, _) => Ok(found),
        }
    }

    /// The names that more than one target has; empty where names tell their target.
    pub(super) async fn ambiguous(&self, kind: ItemKind, origins: &Origins) -> Vec<String> {
        if self.naming.prefixed || !self.naming.many {
            return Vec::new();
        }
        let Some(slot) = self.index.slot(caller(&origins.extensions), kind) else {
            return Vec::new();
        };
        let all: Vec<usize> = (0..self.targets.len()).collect();
        let mut lists = slot.lists();
        let stale = of(&lists, &all, |listed| !listed.is_fresh());
        if !stale.is_empty() {
            lists = self.refresh(&slot, kind, &stale, origins).await;
        }
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for name in lists.iter().flat_map(|listed| listed.names.keys()) {
            *seen.entry(name).or_default() += 1;
        }
        let twice = seen.into_iter().filter(|(_, times)| *times > 1);
        twice.map(|(name, _)| name.to_owned()).collect()
    }

    /// Lists these targets anew, unless another one has done so in the meantime.
    async fn refresh(
        &self,
        slot: &Slot,
        kind: ItemKind,
        wanted: &[usize],
        origins: &Origins,
    ) -> Vec<Listed> {
        let begun = Instant::now();
        let _flight = slot.flight.lock().await;
        let lists = slot.lists();
        let due = of(&lists, wanted, |listed| {
            listed.at.is_none_or(|at| at < begun) || !listed.is_fresh()
        });
        let targets = due.iter().filter_map(|at| self.targets.get(*at));
        let answers = fan::each(targets, |target| async move {
            let listing = self.listed(target, kind, origins);
            match timeout(self.deadline, listing).await {
                Ok(answer) => answer,
                Err(_) => Err(Failure::Late),
            }
        })
        .await;
        for (at, (_, answer)) in due.iter().zip(answers) {
            let now = Instant::now();
            let listed = match answer {
                Ok((names, ttl)) => Listed {
                    names: Arc::new(names),
                    fresh_until: Some(now + ttl),
                    at: Some(now),
                    failed: false,
                },
                // What it had is not forgotten, and it is not asked for each call.
                Err(_) => Listed {
                    names: lists
                        .get(*at)
                        .map(|was| was.names.clone())
                        .unwrap_or_default(),
                    fresh_until: Some(now + AGAIN),
                    at: Some(now),
                    failed: true,
                },
            };
            slot.put(*at, listed);
        }
        slot.lists()
    }

    /// All names of one kind that a target has, and for how long they hold.
    async fn listed(
        &self,
        target: &super::target::FederationTarget,
        kind: ItemKind,
        origins: &Origins,
    ) -> Result<(HashMap<String, String>, Duration), Failure> {
        let mut names = HashMap::new();
        let mut ttl = MOST;
        if !self.capabilities(target, origins).await?.has(kind) {
            return Ok((names, LEAST));
        }
        let at = self.at(&target.name).unwrap_or_default();
        let mut cursor: Option<Bytes> = None;
        for _ in 0..MOST_PAGES {
            let params = [("cursor", cursor.clone())];
            let ask = origins
                .ask(&kind.list_method(), &params)
                .map_err(Failure::Failed)?;
            let result = match self.ask(target, ask).await {
                Err(failure) if failure.lacks_method() => return Ok((names, LEAST)),
                result => result?,
            };
            ttl = ttl.min(Duration::from_millis(known::ttl_ms(&result)));
            let bad = |error: json::JsonError| Failure::Failed(fan::bad_answer(target, error));
            let keys = [kind.items_key(), "nextCursor"];
            let [items, next] = json::members(&result, keys).map_err(bad)?;
            if let Some(items) = items.filter(|raw| json::type_of(*raw) == JsonType::Array) {
                json::elements(items, |item| {
                    let item = json::slice_of(&result, item).unwrap_or_default();
                    let told = self.told(&origins.extensions, at, kind, &item);
                    if let Ok(Told::As { inner, outer, .. }) = told {
                        if names.len() < MOST_NAMES {
                            names.insert(outer, inner);
                        }
                    }
                })
                .map_err(bad)?;
            }
            cursor = next
                .filter(|raw| json::type_of(*raw) == JsonType::String)
                .and_then(|raw| json::slice_of(&result, raw));
            if cursor.is_none() {
                break;
            }
        }
        Ok((names, ttl.clamp(LEAST, MOST)))
    }

    /// A notification passes that tells of a changed list.
    pub(super) fn changed(&self, at: usize, method: &McpMethod) {
        match method.as_str() {
            "notifications/tools/list_changed" => self.index.forget(at, ItemKind::Tool),
            "notifications/prompts/list_changed" => self.index.forget(at, ItemKind::Prompt),
            "notifications/resources/list_changed" => {
                self.index.forget(at, ItemKind::Resource);
                self.index.forget(at, ItemKind::Template);
            }
            _ => {}
        }
    }
}

/// Those of the candidates whose list is such.
fn of(lists: &[Listed], candidates: &[usize], is_such: impl Fn(&Listed) -> bool) -> Vec<usize> {
    let such = |at: &&usize| lists.get(**at).is_some_and(&is_such);
    candidates.iter().filter(such).copied().collect()
}

/// The best of what the lists say: the longest match, if no other is as long.
fn best(
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

fn exact(listed: &Listed, outer: &str) -> Option<(usize, String)> {
    listed.names.get(outer).map(|inner| (1, inner.clone()))
}

/// A template that this URI begins as, up to its first expression. Linear in both.
fn by_template(listed: &Listed, uri: &str) -> Option<(usize, String)> {
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
