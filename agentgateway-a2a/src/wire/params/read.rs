use std::fmt;

use agentgateway_core::json::{self, JsonError, Raw};

use super::{
    MessageParts,
    push::{self, PushUrl},
};
use crate::wire::{A2aOperation, A2aVersion};

/// What the parameters of a call say, as far as somebody here decides by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params {
    pub(crate) tenant: Option<Box<str>>,
    pub(crate) task_id: Option<Box<str>>,
    pub(crate) context_id: Option<Box<str>>,
    pub(crate) message_id: Option<Box<str>>,
    pub(crate) push_config_id: Option<Box<str>>,
    pub(crate) page_token: Option<Box<str>>,
    pub(crate) return_immediately: Option<bool>,
    pub(crate) parts: MessageParts,
    pub(crate) push_url: Option<PushUrl>,
}

/// Parameters that cannot be read; the words may be sent to the client.
#[derive(Debug)]
pub(crate) enum BadParams {
    /// Not JSON, or not the object that it must be.
    Json(JsonError),
    /// A member of the wrong type.
    NotText(&'static str),
    /// Both spellings of one member.
    Twice(&'static str),
    /// Two places for one thing, and not the same in both.
    Differ(&'static str),
}

impl fmt::Display for BadParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => error.fmt(f),
            Self::NotText(name) => write!(f, "\"{name}\" must be a string"),
            Self::Twice(name) => write!(f, "\"{name}\" occurs in two spellings; send it once"),
            Self::Differ(name) => write!(f, "\"{name}\" occurs in two places; send it once"),
        }
    }
}

impl From<JsonError> for BadParams {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

/// The members that any operation's parameters are read from.
const MEMBERS: [&str; 16] = [
    "tenant",
    "message",
    "request",
    "configuration",
    "id",
    "taskId",
    "task_id",
    "contextId",
    "context_id",
    "url",
    "pushNotificationConfig",
    "push_notification_config",
    "pushNotificationConfigId",
    "config",
    "pageToken",
    "page_token",
];

type Found<'a> = [Option<Raw<'a>>; MEMBERS.len()];

/// Reads the `params` of a JSON-RPC call.
pub(crate) fn read_params(
    params: Raw<'_>,
    operation: &A2aOperation,
    version: A2aVersion,
) -> Result<Params, BadParams> {
    let spelling = if version == A2aVersion::V0_3 {
        Spelling::Exact
    } else {
        Spelling::Lenient
    };
    read(
        json::sole_members_of(params, MEMBERS)?,
        operation,
        version,
        spelling,
    )
}

/// Reads the body of an HTTP+JSON call; what its path says stands above it.
pub(crate) fn read_body(
    body: &[u8],
    operation: &A2aOperation,
    version: A2aVersion,
) -> Result<Params, BadParams> {
    if body.trim_ascii().is_empty() {
        return Ok(Params::default());
    }
    let found = json::sole_members(body, MEMBERS)?;
    read(found, operation, version, Spelling::Lenient)
}

/// Whether `task_id` says what `taskId` says: it does wherever messages are the JSON form of a
/// protobuf. A policy must see what such an agent sees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Exact,
    Lenient,
}

impl Spelling {
    fn text(
        self,
        name: &'static str,
        camel: Option<Raw<'_>>,
        snake: Option<Raw<'_>>,
    ) -> Result<Option<Box<str>>, BadParams> {
        let value = match (camel, snake) {
            (Some(_), Some(_)) if self == Self::Lenient => return Err(BadParams::Twice(name)),
            (None, snake) if self == Self::Lenient => snake,
            (camel, _) => camel,
        };
        text(name, value)
    }
}

pub(super) fn text(
    name: &'static str,
    value: Option<Raw<'_>>,
) -> Result<Option<Box<str>>, BadParams> {
    let Some(value) = value.filter(|value| !json::is_null(*value)) else {
        return Ok(None);
    };
    let text = json::string(value).ok_or(BadParams::NotText(name))?;
    Ok((!text.is_empty()).then(|| text.into()))
}

fn read(
    found: Found<'_>,
    operation: &A2aOperation,
    version: A2aVersion,
    spelling: Spelling,
) -> Result<Params, BadParams> {
    use A2aOperation as Op;

    let [
        tenant,
        message,
        request,
        configuration,
        id,
        task_camel,
        task_snake,
        context_camel,
        context_snake,
        url,
        push,
        push_snake,
        push_id,
        config,
        page,
        page_snake,
    ] = found;
    let mut facts = Params {
        tenant: match version {
            A2aVersion::V0_3 => None,
            _ => text("tenant", tenant)?,
        },
        ..Params::default()
    };
    match operation {
        Op::SendMessage | Op::SendStreamingMessage => {
            let message = message.or(request.filter(|_| spelling == Spelling::Lenient));
            facts.message(message, spelling)?;
            facts.configuration(configuration)?;
        }
        Op::GetTask | Op::CancelTask | Op::SubscribeToTask => facts.task_id = text("id", id)?,
        Op::ListTasks => {
            facts.context_id = spelling.text("contextId", context_camel, context_snake)?;
            facts.page_token = spelling.text("pageToken", page, page_snake)?;
        }
        Op::CreateTaskPushNotificationConfig => {
            facts.task_id = spelling.text("taskId", task_camel, task_snake)?;
            facts.push_config_id = match version {
                A2aVersion::V0_3 => None,
                _ => text("id", id)?,
            };
            let nested = push::nested([push, push_snake, config])?;
            facts.push_url = push::sole_url(url, &nested)?;
        }
        Op::GetTaskPushNotificationConfig
        | Op::ListTaskPushNotificationConfigs
        | Op::DeleteTaskPushNotificationConfig => {
            if version == A2aVersion::V0_3 {
                facts.task_id = text("id", id)?;
                facts.push_config_id = text("pushNotificationConfigId", push_id)?;
            } else {
                facts.task_id = spelling.text("taskId", task_camel, task_snake)?;
                facts.push_config_id = text("id", id)?;
            }
        }
        Op::GetExtendedAgentCard | Op::AgentCard | Op::Unknown(_) => {}
    }
    Ok(facts)
}

impl Params {
    fn message(&mut self, message: Option<Raw<'_>>, spelling: Spelling) -> Result<(), BadParams> {
        let Some(message) = message.filter(|message| !json::is_null(*message)) else {
            return Ok(());
        };
        let [
            message_id,
            message_snake,
            context_id,
            context_snake,
            task_id,
            task_snake,
        ] = json::sole_members_of(
            message,
            [
                "messageId",
                "message_id",
                "contextId",
                "context_id",
                "taskId",
                "task_id",
            ],
        )?;
        self.message_id = spelling.text("messageId", message_id, message_snake)?;
        self.context_id = spelling.text("contextId", context_id, context_snake)?;
        self.task_id = spelling.text("taskId", task_id, task_snake)?;
        self.parts.read_message(message);
        Ok(())
    }

    fn configuration(&mut self, configuration: Option<Raw<'_>>) -> Result<(), BadParams> {
        let Some(configuration) = configuration.filter(|value| !json::is_null(*value)) else {
            return Ok(());
        };
        let [immediately, immediately_snake, blocking, modes, modes_snake] = json::sole_members_of(
            configuration,
            [
                "returnImmediately",
                "return_immediately",
                "blocking",
                "acceptedOutputModes",
                "accepted_output_modes",
            ],
        )?;
        for modes in [modes, modes_snake].into_iter().flatten() {
            if !json::is_null(modes) {
                self.parts.read_modes(modes);
            }
        }
        self.return_immediately = immediately
            .or(immediately_snake)
            .and_then(json::boolean)
            .or_else(|| Some(!blocking.and_then(json::boolean)?));
        self.push_url = push::sole_url(None, &push::inline(configuration)?)?;
        Ok(())
    }
}
