use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use agentgateway_core::{
    json,
    seal::{Seal, Sealer, unguessable},
};
use bytes::Bytes;

use crate::{
    bridge::ClientSession,
    wire::{Era, ProtocolVersion},
};

/// What a session's id is sealed for.
const PURPOSE: &str = "mcp client session";

/// When a client that has lost its stream is to come back.
const RETRY: Duration = Duration::from_secs(1);

/// The revision whose streams cannot be taken up again.
const OLDEST: &str = "2024-11-05";

/// What a client has said of itself when it opened its session. Its id carries all of this, sealed.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// By which name it is kept here. Not the id that the client knows.
    pub(super) name: Arc<str>,
    pub(super) version: &'static str,
    /// `clientInfo`, as it was written.
    pub(super) client: Option<Bytes>,
    /// `capabilities`, as they were written.
    pub(super) capabilities: Bytes,
    /// The same as servers are told them: tasks of 2025-11-25 are others than those of the later extension.
    pub(super) told: Bytes,
    /// Whether its transport takes streams up again.
    resumes: bool,
}

impl Session {
    /// A new one; `None` on a system without randomness.
    pub(super) fn new(
        version: &'static str,
        client: Option<Bytes>,
        capabilities: Bytes,
    ) -> Option<Self> {
        Some(Self {
            name: unguessable()?.into(),
            version,
            client,
            told: told(&capabilities),
            capabilities,
            resumes: true,
        })
    }

    /// The id that its client is told.
    pub(super) fn seal(&self, sealer: &Sealer, caller: &str, expires: SystemTime) -> String {
        let mut plain = format!(
            r#"{{"name":{},"version":{},"capabilities":"#,
            json::quote(&self.name),
            json::quote(self.version)
        )
        .into_bytes();
        plain.extend_from_slice(&self.capabilities);
        if let Some(client) = &self.client {
            plain.extend_from_slice(br#","client":"#);
            plain.extend_from_slice(client);
        }
        plain.push(b'}');
        sealer.seal(Seal::new(PURPOSE).bound_to(caller), &plain, expires)
    }

    /// The same over a transport that takes no stream up again.
    pub(super) fn without_event_ids(self) -> Self {
        Self {
            resumes: false,
            ..self
        }
    }

    /// Whether its client takes streams up again.
    pub(super) fn has_event_ids(&self) -> bool {
        self.resumes && self.version != OLDEST
    }

    /// What its streams begin with an event for that has an id and nothing else: to say when a client that
    /// has lost one is to come back.
    pub(super) fn retry(&self) -> Option<Duration> {
        let primes = self.has_event_ids() && self.version == ProtocolVersion::LATEST_LEGACY;
        primes.then_some(RETRY)
    }

    /// How what stands inside knows it.
    pub(super) fn known_as(&self) -> ClientSession {
        ClientSession(self.name.clone())
    }

    /// The session of an id that this caller was given, and that has not expired; and when it does.
    pub(super) fn open(
        sealer: &Sealer,
        id: &str,
        caller: &str,
        now: SystemTime,
    ) -> Option<(Self, SystemTime)> {
        let seal = Seal::new(PURPOSE).bound_to(caller);
        let (plain, expires) = sealer.open_until(seal, id, now)?;
        let plain = Bytes::from(plain);
        let keys = ["name", "version", "client", "capabilities"];
        let [name, version, client, capabilities] = json::members(&plain, keys).ok()?;
        let capabilities = json::slice_of(&plain, capabilities?)?;
        let session = Self {
            name: (&*json::string(name?)?).into(),
            version: legacy(&json::string(version?)?)?,
            client: client.and_then(|client| json::slice_of(&plain, client)),
            told: told(&capabilities),
            capabilities,
            resumes: true,
        };
        Some((session, expires))
    }
}

fn told(capabilities: &Bytes) -> Bytes {
    json::with_members(capabilities, &[("tasks", None)]).unwrap_or_else(|_| capabilities.clone())
}

/// The revision of this name, if it is one with sessions.
pub(super) fn legacy(name: &str) -> Option<&'static str> {
    let mut spoken = ProtocolVersion::SPOKEN.into_iter();
    let found = spoken.find(|spoken| *spoken == name)?;
    (ProtocolVersion::new(found).era() == Era::Legacy).then_some(found)
}
