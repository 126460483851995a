use std::time::Duration;

use agentgateway_core::{
    Error, ErrorKind,
    json::{self, Raw},
    seal::Seal,
    store::StoreError,
};
use bytes::Bytes;

use super::{live::Live, service::Shared};
use crate::bridge::edit;

const PURPOSE: &str = "mcp client session state";
/// The URIs of subscriptions together: what a store takes, sealed.
const MAX_URI_BYTES: usize = 48 * 1024;
/// How long a client is to wait when the store is away.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What is kept of a session beside what its id says: what changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// Its client has ended it.
    pub(super) ended: bool,
    /// From which level on it wants log messages.
    pub(super) level: Option<Box<str>>,
    /// The resources that it is subscribed to, by their URIs.
    pub(super) uris: Vec<Box<str>>,
}

impl Kept {
    /// What is kept of this session.
    ///
    /// # Errors
    /// The store does not answer, so that nobody knows whether the session has ended.
    pub(super) async fn read(shared: &Shared, session: &str) -> Result<Self, Error> {
        Self::load(shared, session).await.map_err(away)
    }

    /// Changes what is kept.
    ///
    /// Changes within one replica wait for each other; of two at one time in two replicas the later one
    /// stays.
    ///
    /// # Errors
    /// The change is refused, or the store does not answer.
    pub(super) async fn change<R>(
        shared: &Shared,
        live: &Live,
        change: impl FnOnce(&mut Self) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let session = live.name();
        let _turn = live.turn().await;
        let before = Self::load(shared, session).await.map_err(away)?;
        let mut after = before.clone();
        let result = change(&mut after)?;
        if after != before {
            let lifetime = shared.settings.session_lifetime;
            let expires = (shared.settings.clock)() + lifetime;
            let seal = Seal::new(PURPOSE).bound_to(session);
            let sealed = shared.sealer.seal(seal, after.text().as_bytes(), expires);
            let stored = shared.store.put(&key(session), sealed.into(), lifetime);
            stored.wait().await.map_err(away)?;
        }
        Ok(result)
    }

    /// Adds a subscription.
    ///
    /// # Errors
    /// There are as many as there may be.
    pub(super) fn subscribe(&mut self, uri: &str, max: usize) -> Result<bool, Error> {
        if self.uris.iter().any(|known| **known == *uri) {
            return Ok(false);
        }
        let bytes: usize = self.uris.iter().map(|uri| uri.len()).sum();
        if self.uris.len() >= max || bytes + uri.len() > MAX_URI_BYTES {
            let message =
                format!("a session has at most {max} subscriptions; take some back first");
            return Err(Error::new(ErrorKind::RateLimited, message));
        }
        self.uris.push(uri.into());
        Ok(true)
    }

    async fn load(shared: &Shared, session: &str) -> Result<Self, StoreError> {
        let Some(sealed) = shared.store.get(&key(session)).wait().await? else {
            return Ok(Self::default());
        };
        let now = (shared.settings.clock)();
        let seal = Seal::new(PURPOSE).bound_to(session);
        let plain = std::str::from_utf8(&sealed)
            .ok()
            .and_then(|text| shared.sealer.open(seal, text, now));
        Ok(plain.map_or_else(Self::default, |plain| Self::parse(&plain.into())))
    }

    fn text(&self) -> String {
        let level = self.level.as_deref().map(json::quote);
        let uris: Vec<_> = self.uris.iter().map(|uri| json::quote(uri)).collect();
        format!(
            r#"{{"ended":{},"level":{},"uris":[{}]}}"#,
            self.ended,
            level.as_deref().unwrap_or("null"),
            uris.join(",")
        )
    }

    fn parse(text: &Bytes) -> Self {
        let ended = edit::member(text, "ended").is_some_and(|ended| ended == "true");
        let level = edit::text(text, "level").map(Into::into);
        let mut uris = Vec::new();
        let list = edit::member(text, "uris").unwrap_or_default();
        if let Ok(list) = Raw::parse(&list) {
            let read = json::elements(list, |uri| uris.extend(json::string(uri).map(Into::into)));
            debug_assert!(read.is_ok(), "it was written here");
        }
        Self { ended, level, uris }
    }
}

fn key(session: &str) -> String {
    format!("mcp:{session}")
}

pub(super) fn away(error: StoreError) -> Error {
    match error {
        StoreError::TooLarge | StoreError::Full => Error::new(
            ErrorKind::Overloaded,
            "there is no room for more of this session",
        ),
        _ => Error::new(
            ErrorKind::Overloaded,
            "what is kept of this session cannot be reached now, try again later",
        )
        .with_retry_after(RETRY_AFTER),
    }
    .with_source(error)
}
