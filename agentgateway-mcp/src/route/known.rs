use std::{sync::Mutex, time::Duration};

use agentgateway_core::json::{self, JsonType, Raw};
use bytes::Bytes;
use tokio::time::Instant;

/// For how long at least it is known what a server can: servers that give no time are not asked before each
/// list.
const LEAST: Duration = Duration::from_secs(30);
const MOST: Duration = Duration::from_secs(60 * 60);

/// What a server has said that it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) tools: bool,
    pub(super) prompts: bool,
    pub(super) resources: bool,
    pub(super) tools_changed: bool,
    pub(super) prompts_changed: bool,
    pub(super) resources_changed: bool,
    pub(super) subscribe: bool,
}

/// What is known of a server, and until when.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(Capabilities, Instant)>>);

impl Capabilities {
    /// Of a server that says nothing of itself.
    pub(super) const ALL: Self = Self {
        tools: true,
        prompts: true,
        resources: true,
        tools_changed: true,
        prompts_changed: true,
        resources_changed: true,
        subscribe: true,
    };

    /// Reads the result of `server/discover`.
    pub(super) fn read(result: &Bytes) -> Self {
        let object =
            |raw: Option<Raw<'_>>| raw.is_some_and(|raw| json::type_of(raw) == JsonType::Object);
        let found = json::members(result, ["capabilities"])
            .ok()
            .and_then(|[all]| json::members_of(all?, ["tools", "prompts", "resources"]).ok());
        let [tools, prompts, resources] = found.unwrap_or_default();
        Self {
            tools: object(tools),
            prompts: object(prompts),
            resources: object(resources),
            tools_changed: says(tools, "listChanged"),
            prompts_changed: says(prompts, "listChanged"),
            resources_changed: says(resources, "listChanged"),
            subscribe: says(resources, "subscribe"),
        }
    }
}

fn says(object: Option<Raw<'_>>, key: &str) -> bool {
    object
        .and_then(|object| json::members_of(object, [key]).ok())
        .and_then(|[value]| json::boolean(value?))
        .unwrap_or_default()
}

impl Known {
    pub(super) fn now(&self) -> Option<Capabilities> {
        let known = self.0.lock().ok()?;
        known
            .filter(|(_, until)| *until > Instant::now())
            .map(|(capabilities, _)| capabilities)
    }

    pub(super) fn learn(&self, result: &Bytes) -> Capabilities {
        let capabilities = Capabilities::read(result);
        let ttl = Duration::from_millis(ttl_ms(result)).clamp(LEAST, MOST);
        if let Ok(mut known) = self.0.lock() {
            *known = Some((capabilities, Instant::now() + ttl));
        }
        capabilities
    }
}

/// For how long a result may be kept, in milliseconds.
pub(super) fn ttl_ms(result: &Bytes) -> u64 {
    json::members(result, ["ttlMs"])
        .ok()
        .and_then(|[ttl]| json::unsigned(ttl?))
        .unwrap_or_default()
}

/// Whether a result may be kept for all callers.
pub(super) fn is_public(result: &Bytes) -> bool {
    json::members(result, ["cacheScope"])
        .ok()
        .and_then(|[scope]| json::string(scope?).map(|scope| scope == "public"))
        .unwrap_or_default()
}
