use std::{
    collections::{HashMap, HashSet},
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
    hub::Hub,
    index::{self, Found, Listed, Slot},
    items::Told,
    known,
    target::FederationTarget,
};
use crate::{bridge::caller, policy::ItemKind, wire::McpMethod};

/// For how long at least a list is taken for true: servers that give no time are not listed before each call.
const LEAST: Duration = Duration::from_secs(30);
const MOST: Duration = Duration::from_secs(60 * 60);
/// The most pages that are read of one list.
const MOST_PAGES: usize = 100;
/// The most names that are kept of one list.
const MOST_NAMES: usize = 10_000;

impl Hub {
    /// Where a name leads by what is known, where nobody has to be asked; no list is copied for it.
    pub(super) fn known(&self, kind: ItemKind, outer: &str, caller: String) -> Option<Found> {
        if let Some(found) = self.index.shortened(kind, outer) {
            return Some(found);
        }
        let candidates = self.candidates(outer);
        let slot = self.index.slot(caller, kind)?;
        slot.look(|lists| {
            let is_stale = !index::of(lists, &candidates, Listed::is_stale).is_empty();
            let found = index::best(lists, &candidates, outer, index::exact);
            Some(found).filter(|found| !is_stale && *found != Found::Nowhere)
        })
    }

    /// The targets that may have a thing of this name.
    fn candidates(&self, outer: &str) -> Vec<usize> {
        let targets = self.targets.iter().enumerate();
        targets
            .filter(|(_, target)| self.naming.may_be_of(&target.name, outer))
            .map(|(at, _)| at)
            .collect()
    }

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
        let found = self.looked_up(kind, outer, origins, index::exact).await?;
        match (kind, found) {
            // It may be one that a template makes, and a template's argument may be one that is listed.
            (ItemKind::Resource, Found::Nowhere) => {
                self.looked_up(ItemKind::Template, outer, origins, index::by_template)
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
        let candidates = self.candidates(outer);
        let Some(slot) = self.index.slot(caller(&origins.extensions), kind) else {
            return Err(Error::new(ErrorKind::Internal, "the index is not there"));
        };
        let mut lists = slot.lists();
        let stale = index::of(&lists, &candidates, Listed::is_stale);
        let mut found = index::best(&lists, &candidates, outer, look);
        let wanted = match found {
            Found::Nowhere => index::of(&lists, &candidates, Listed::may_have_more),
            _ => stale,
        };
        if !wanted.is_empty() {
            lists = self.refresh(&slot, kind, &wanted, origins).await;
            found = index::best(&lists, &candidates, outer, look);
        }
        let failed = index::of(&lists, &candidates, |listed| listed.failed);
        match (found, failed.first().and_then(|at| self.targets.get(*at))) {
            (Found::Nowhere, Some(target)) => {
                let message = format!("the server `{}` cannot be asked what it has", target.name);
                Err(Error::new(ErrorKind::Unavailable, message))
            }
            (found, _) => Ok(found),
        }
    }

    /// The names that more than one target has; empty where names tell their target.
    pub(super) async fn ambiguous(&self, kind: ItemKind, origins: &Origins) -> HashSet<String> {
        if self.naming.prefixed || !self.naming.many {
            return HashSet::new();
        }
        let Some(slot) = self.index.slot(caller(&origins.extensions), kind) else {
            return HashSet::new();
        };
        let all: Vec<usize> = (0..self.targets.len()).collect();
        let mut lists = slot.lists();
        let stale = index::of(&lists, &all, |listed| {
            listed.is_stale() || listed.failed && listed.may_have_more()
        });
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
        let due = index::of(&lists, wanted, |listed| !listed.is_since(begun));
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
            let listed = match (answer, lists.get(*at)) {
                (Ok((names, ttl)), _) => Listed::now(names, ttl),
                (Err(_), Some(was)) => was.failing(),
                (Err(_), None) => continue,
            };
            slot.put(*at, listed);
        }
        slot.lists()
    }

    /// All names of one kind that a target has, and for how long they hold.
    async fn listed(
        &self,
        target: &FederationTarget,
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
