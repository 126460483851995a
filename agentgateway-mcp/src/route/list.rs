use std::{collections::HashSet, sync::Arc};

use agentgateway_core::{
    Body, Error,
    json::{self, JsonType, Raw},
    jsonrpc::code,
    seal::Seal,
};
use bytes::Bytes;
use futures_util::future::join;
use http::{Extensions, Request, Response};

use super::{
    call::{Asked, own_id},
    cursor::Cursor,
    fan::{self, Failure, Origins, bad_answer},
    federation::FailMode,
    hub::Hub,
    items::{Items, Told},
    known::{self, Capabilities},
    reply,
    target::FederationTarget,
};
use crate::{
    bridge::{Ask, caller, edit},
    policy::ItemKind,
    wire::MetaKey,
};

/// What the cursor of a list is sealed for.
const CURSOR: &str = "mcp-federation-cursor";
/// The longest cursor of a target's, as it is written.
const MAX_CURSOR_BYTES: usize = 8 * 1024;

/// The items of one answer.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) items: Items,
    /// Whether they differ from the server's.
    pub(super) changed: bool,
}

/// What the targets have answered to one question, and which ones have not.
pub(super) struct Gathered<'a> {
    pub(super) answers: Vec<(&'a FederationTarget, Bytes)>,
    pub(super) out: Vec<(&'a FederationTarget, Failure)>,
}

impl Hub {
    /// One page of a list.
    pub(super) async fn list(
        self: &Arc<Self>,
        request: Request<Bytes>,
        (said, call): Asked<'_>,
        kind: ItemKind,
    ) -> Result<Response<Body>, Error> {
        if self.targets.len() == 1 {
            return self.other(request, (said, call)).await;
        }
        let id = own_id(call)?;
        let caller = caller(request.extensions());
        let bound_to = format!("{}\n{}\n{caller}", self.scope, kind.as_str());
        let Ok(cursor) = self.cursor(&request, &bound_to) else {
            return Ok(reply::invalid_params(
                id,
                "params.cursor is not of this list, or has expired",
            ));
        };
        let origins = Origins::of(&request);
        let asked = self.targets.iter().filter_map(|target| match &cursor {
            None => Some((target, None)),
            Some(cursor) => {
                let own = cursor.more.iter().find(|(name, _)| **name == *target.name);
                own.map(|(_, cursor)| (target, Some(cursor.clone())))
            }
        });
        let cursors: Vec<_> = asked.collect();
        let cursor_of = |target: &FederationTarget| {
            let own = cursors.iter().find(|(other, _)| other.name == target.name);
            own.and_then(|(_, cursor)| cursor.clone())
        };
        let pages = fan::each(cursors.iter().map(|(target, _)| *target), |target| {
            self.page(target, kind, &request, &origins, cursor_of(target))
        });
        let (ambiguous, pages) = join(self.ambiguous(kind, &origins), pages).await;
        let is_stale = |page: &Result<_, Failure>| matches!(page, Err(failure) if failure.code() == Some(code::INVALID_PARAMS));
        if cursor.is_some() && pages.iter().any(|(_, page)| is_stale(page)) {
            return Ok(reply::invalid_params(
                id,
                "params.cursor no longer holds; list anew",
            ));
        }
        let has_none = cursor.is_none() && pages.iter().all(|(_, page)| matches!(page, Ok(None)));
        if has_none {
            return Ok(reply::no_method(id, kind.list_method().as_str()));
        }
        let gathered = match self.gathered(pages) {
            Ok(gathered) => gathered,
            Err((target, failure)) => return failure.answer(&target.name, id),
        };
        let was_private = cursor.is_some_and(|cursor| cursor.private);
        let result = self.merged_list(
            &gathered,
            kind,
            &request,
            &bound_to,
            &ambiguous,
            was_private,
        )?;
        Ok(reply::result(id, &result))
    }

    /// How far the client has read; `None` at the beginning.
    fn cursor(&self, request: &Request<Bytes>, bound_to: &str) -> Result<Option<Cursor>, ()> {
        let params = edit::member(request.body(), "params").unwrap_or_default();
        if edit::member(&params, "cursor").is_none_or(|cursor| cursor == b"null"[..]) {
            return Ok(None);
        }
        let text = edit::text(&params, "cursor").ok_or(())?;
        let seal = Seal::new(CURSOR).bound_to(bound_to);
        let plain = self.sealer.open(seal, &text, self.now()).ok_or(())?;
        Cursor::decode(plain).map(Some).ok_or(())
    }

    /// A page of a target's list; `None` where it has no such list.
    async fn page(
        &self,
        target: &FederationTarget,
        kind: ItemKind,
        request: &Request<Bytes>,
        origins: &Origins,
        cursor: Option<Bytes>,
    ) -> Result<Option<Bytes>, Failure> {
        if cursor.is_none() && !self.capabilities(target, origins).await?.has(kind) {
            return Ok(None);
        }
        let ask = on_behalf(request, &[("cursor", cursor)]).map_err(Failure::Failed)?;
        let result = match self.ask(target, ask).await {
            Err(failure) if failure.lacks_method() => return Ok(None),
            result => result?,
        };
        let bad = |what: &str| Failure::Failed(bad_answer(target, what));
        match json::members(&result, [kind.items_key(), "nextCursor"]) {
            Ok([Some(items), _]) if json::type_of(items) != JsonType::Array => {
                Err(bad("its list is no array"))
            }
            Ok([Some(_), Some(next)]) if next.get().len() > MAX_CURSOR_BYTES => {
                Err(bad("its cursor is over the limit of 8 KiB"))
            }
            Ok([Some(_), _]) => Ok(Some(result)),
            Ok([None, _]) => Err(bad("it has no list")),
            Err(error) => Err(bad(&error.to_string())),
        }
    }

    /// Tells answers from failures, by the rule of what is done when some fail.
    pub(super) fn gathered<'a>(
        &self,
        pages: Vec<(&'a FederationTarget, Result<Option<Bytes>, Failure>)>,
    ) -> Result<Gathered<'a>, (&'a FederationTarget, Failure)> {
        let (mut answers, mut out) = (Vec::new(), Vec::new());
        for (target, page) in pages {
            match page {
                Ok(Some(result)) => answers.push((target, result)),
                Ok(None) => {}
                Err(failure) => {
                    tracing::warn!(
                        target_name = &*target.name,
                        reason = failure.reason(),
                        "a server is left out"
                    );
                    out.push((target, failure));
                }
            }
        }
        if !out.is_empty() && (self.fail == FailMode::Closed || answers.is_empty()) {
            return Err(out.swap_remove(0));
        }
        Ok(Gathered { answers, out })
    }

    fn merged_list(
        &self,
        gathered: &Gathered<'_>,
        kind: ItemKind,
        request: &Request<Bytes>,
        bound_to: &str,
        ambiguous: &HashSet<String>,
        was_private: bool,
    ) -> Result<Vec<u8>, Error> {
        let mut all = Items::default();
        let mut cursor = Cursor {
            private: was_private || self.filter.is_some(),
            more: Vec::new(),
        };
        let mut ttl = u64::MAX;
        for (target, result) in &gathered.answers {
            ttl = ttl.min(known::ttl_ms(result));
            cursor.private |= !known::is_public(result);
            let bad = |error: json::JsonError| bad_answer(target, error);
            let [items, next] =
                json::members(result, [kind.items_key(), "nextCursor"]).map_err(bad)?;
            if let Some(items) = items {
                let at = self.at(&target.name).unwrap_or_default();
                self.put_items(
                    &mut all,
                    (request.extensions(), at, kind),
                    result,
                    items,
                    ambiguous,
                )?;
            }
            let next = next.filter(|raw| json::type_of(*raw) == JsonType::String);
            if let Some(next) = next.and_then(|raw| json::slice_of(result, raw)) {
                cursor.more.push((target.name.to_string(), next));
            }
        }
        if !gathered.out.is_empty() {
            ttl = 0;
        }
        let mut text = format!(r#"{{"resultType":"complete","{}":"#, kind.items_key()).into_bytes();
        text.extend_from_slice(&all.array());
        if !cursor.more.is_empty() {
            let seal = Seal::new(CURSOR).bound_to(bound_to);
            let sealed = self.sealer.seal(seal, &cursor.encode(), self.expiry());
            text.extend_from_slice(format!(r#","nextCursor":"{sealed}""#).as_bytes());
        }
        let ttl = if gathered.answers.is_empty() { 0 } else { ttl };
        text.extend_from_slice(&self.ending(ttl, cursor.private, &gathered.out, all.omitted()));
        Ok(text)
    }

    /// The members that each merged result ends with.
    pub(super) fn ending(
        &self,
        ttl: u64,
        private: bool,
        out: &[(&FederationTarget, Failure)],
        omitted: Option<Bytes>,
    ) -> Vec<u8> {
        let scope = if private { "private" } else { "public" };
        let mut text = format!(
            r#","ttlMs":{ttl},"cacheScope":"{scope}","_meta":{{"{}":"#,
            MetaKey::SERVER_INFO
        )
        .into_bytes();
        text.extend_from_slice(&self.server_info);
        if let Some((key, all)) = unavailable(out) {
            text.extend_from_slice(format!(r#","{key}":"#).as_bytes());
            text.extend_from_slice(&all);
        }
        if let Some(omitted) = omitted {
            text.extend_from_slice(format!(r#","{OMITTED}":"#).as_bytes());
            text.extend_from_slice(&omitted);
        }
        text.extend_from_slice(b"}}");
        text
    }

    /// The items of one target's page, as clients are told.
    pub(super) fn items(
        &self,
        caller: &Extensions,
        at: usize,
        kind: ItemKind,
        text: &Bytes,
        items: Raw<'_>,
    ) -> Result<Listed, Error> {
        let mut all = Items::default();
        let changed = self.put_items(&mut all, (caller, at, kind), text, items, &HashSet::new())?;
        Ok(Listed {
            items: all,
            changed,
        })
    }

    fn put_items(
        &self,
        all: &mut Items,
        (caller, at, kind): (&Extensions, usize, ItemKind),
        text: &Bytes,
        items: Raw<'_>,
        ambiguous: &HashSet<String>,
    ) -> Result<bool, Error> {
        let target = self.targets.get(at).map_or("", |target| &*target.name);
        let omit = |all: &mut Items, name: &str, reason: &'static str| {
            self.counts.omitted(target, name, reason);
            all.omit(target, name, reason);
        };
        let (mut changed, mut failed) = (false, None);
        json::elements(items, |item| {
            let item = json::slice_of(text, item).unwrap_or_default();
            match self.told(caller, at, kind, &item) {
                Ok(Told::As { outer, .. }) if ambiguous.contains(&outer) => {
                    changed = true;
                    omit(all, &outer, "ambiguous");
                }
                Ok(Told::As { text, inner, outer }) => {
                    changed |= text != item;
                    all.push(&text);
                    if self.naming.prefixed && self.naming.needs_index(&outer) {
                        self.index.learn(kind, &outer, at, &inner);
                    }
                }
                Ok(Told::Denied) => changed = true,
                Ok(Told::Omitted(name, reason)) => {
                    changed = true;
                    omit(all, &name, reason);
                }
                Err(error) => failed = Some(error),
            }
        })?;
        failed.map_or(Ok(changed), Err)
    }
}

/// Names the targets that did not answer, in `_meta`.
const UNAVAILABLE: &str = "dev.agentgateway/unavailable";
/// Names the items that could not be offered, in `_meta`.
const OMITTED: &str = "dev.agentgateway/omitted";

/// The member of `_meta` that names the targets that did not answer, where there are such.
pub(super) fn unavailable(out: &[(&FederationTarget, Failure)]) -> Option<(&'static str, Bytes)> {
    let one = |(target, failure): &(&FederationTarget, Failure)| {
        let target = json::quote(&target.name);
        format!(r#"{{"target":{target},"reason":"{}"}}"#, failure.reason())
    };
    let all: Vec<_> = out.iter().map(one).collect();
    (!all.is_empty()).then(|| (UNAVAILABLE, format!("[{}]", all.join(",")).into()))
}

impl Capabilities {
    pub(super) const fn has(self, kind: ItemKind) -> bool {
        match kind {
            ItemKind::Tool => self.tools,
            ItemKind::Prompt => self.prompts,
            ItemKind::Resource | ItemKind::Template => self.resources,
        }
    }
}

/// The client's request, for one of several targets that are asked.
pub(super) fn on_behalf(
    request: &Request<Bytes>,
    params: &[(&str, Option<Bytes>)],
) -> Result<Ask, Error> {
    let mut ask = Ask::of(request.clone());
    ask.change_params(|own| json::with_members(&own, params))?;
    // Progress of several servers is none of one request.
    ask.change_meta(&[(MetaKey::PROGRESS_TOKEN, None)])?;
    Ok(ask)
}
