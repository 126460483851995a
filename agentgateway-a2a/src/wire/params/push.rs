use std::fmt;

use agentgateway_core::json::{self, JsonType, Raw};

use super::read::{BadParams, text};
#[cfg(feature = "relay")]
use crate::wire::A2aOperation;

/// The names of a push configuration within the configuration of a message: those of v1.0, of v0.3 and of its
/// protobuf. All are read in each version, since agents take more than their version knows.
const INLINE: [&str; 6] = [
    "taskPushNotificationConfig",
    "task_push_notification_config",
    "pushNotificationConfig",
    "push_notification_config",
    "pushNotification",
    "push_notification",
];

/// A URL that an agent shall push to. `Debug` does not show it: it may hold a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PushUrl(Box<str>);

// === impl PushUrl ===

impl PushUrl {
    pub(crate) fn new(url: impl Into<Box<str>>) -> Self {
        Self(url.into())
    }

    pub(crate) const fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PushUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushUrl").finish_non_exhaustive()
    }
}

/// The push configurations in the parameters of a call: each is the object that holds its `url`.
#[cfg(feature = "relay")]
pub(crate) fn push_configs<'a>(
    params: Raw<'a>,
    operation: &A2aOperation,
) -> Result<Vec<Raw<'a>>, BadParams> {
    match operation {
        A2aOperation::SendMessage | A2aOperation::SendStreamingMessage => {
            let [configuration] = json::sole_members_of(params, ["configuration"])?;
            configuration
                .filter(|value| is_object(*value))
                .map_or_else(|| Ok(Vec::new()), inline)
        }
        A2aOperation::CreateTaskPushNotificationConfig => {
            let [url, push, snake, config] = json::sole_members_of(
                params,
                [
                    "url",
                    "pushNotificationConfig",
                    "push_notification_config",
                    "config",
                ],
            )?;
            let mut found = nested([push, snake, config])?;
            if text("url", url)?.is_some() {
                found.push(params);
            }
            Ok(found)
        }
        _ => Ok(Vec::new()),
    }
}

/// Those of a message's configuration.
pub(super) fn inline(configuration: Raw<'_>) -> Result<Vec<Raw<'_>>, BadParams> {
    let places = json::sole_members_of(configuration, INLINE)?;
    with_url(places.into_iter().flatten())
}

/// Those within the parameters that set one: `pushNotificationConfig` in its two spellings, and `config`,
/// which holds the configuration or is it.
pub(super) fn nested(places: [Option<Raw<'_>>; 3]) -> Result<Vec<Raw<'_>>, BadParams> {
    let [push, snake, config] = places;
    let within = match config.filter(|value| is_object(*value)) {
        Some(config) => json::sole_members_of(
            config,
            ["pushNotificationConfig", "push_notification_config"],
        )?,
        None => [None, None],
    };
    with_url([push, snake, config].into_iter().chain(within).flatten())
}

fn with_url<'a>(places: impl Iterator<Item = Raw<'a>>) -> Result<Vec<Raw<'a>>, BadParams> {
    let mut found = Vec::new();
    for place in places.filter(|value| is_object(*value)) {
        if url_of(place)?.is_some() {
            found.push(place);
        }
    }
    Ok(found)
}

/// The one URL of these places. Two that differ are refused: a policy would judge one of them, and the agent
/// call the other.
pub(super) fn sole_url(
    url: Option<Raw<'_>>,
    configs: &[Raw<'_>],
) -> Result<Option<PushUrl>, BadParams> {
    let mut sole = text("url", url)?;
    for config in configs {
        let url = url_of(*config)?;
        if sole.is_some() && sole != url {
            return Err(BadParams::Differ("url"));
        }
        sole = url;
    }
    Ok(sole.map(PushUrl::new))
}

fn url_of(config: Raw<'_>) -> Result<Option<Box<str>>, BadParams> {
    let [url] = json::sole_members_of(config, ["url"])?;
    text("url", url)
}

fn is_object(value: Raw<'_>) -> bool {
    json::type_of(value) == JsonType::Object
}
