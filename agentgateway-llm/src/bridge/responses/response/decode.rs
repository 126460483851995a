use std::borrow::Cow;

use agentgateway_core::json::{self, Raw, members_of};

use super::{
    super::{
        super::{
            DecodeContext, Refused, Unreadable,
            form::{Block, Choice, Content, Response, Sidecar, StopReason},
            read::{Object, elements, number},
        },
        item,
    },
    stop::stop_of,
    usage,
};
use crate::{LlmDialect::OpenAiResponses, LlmUsage};

/// What a response object says of itself: the whole one, and those inside of events.
#[derive(Debug, Default)]
pub(in super::super) struct Head<'a> {
    pub(in super::super) id: Cow<'a, str>,
    pub(in super::super) model: Cow<'a, str>,
    pub(in super::super) created: Option<u64>,
    pub(in super::super) status: Option<Cow<'a, str>>,
    /// Why it is incomplete.
    pub(in super::super) reason: Option<Cow<'a, str>>,
    pub(in super::super) error: Option<Raw<'a>>,
    pub(in super::super) usage: LlmUsage,
    pub(in super::super) output: Option<Raw<'a>>,
}

// === impl Head ===

impl<'a> Head<'a> {
    /// Of an event's.
    pub(in super::super) fn read(response: Raw<'a>) -> Result<Self, Refused> {
        let members = members_of(response, READ).map_err(|error| Refused::unreadable(&error))?;
        Ok(Self::of(members))
    }

    /// Takes what [`READ`] names.
    fn take(answer: &mut Object<'a>) -> Self {
        Self::of(READ.map(|name| answer.take(name)))
    }

    fn of(members: [Option<Raw<'a>>; 8]) -> Self {
        let [id, model, created, status, incomplete, error, usage, output] = members;
        let told = |raw: &Raw<'_>| !json::is_null(*raw);
        let text = |raw: Option<Raw<'a>>| raw.and_then(json::string);
        let reason = incomplete.and_then(|details| members_of(details, ["reason"]).ok());
        Self {
            id: text(id).unwrap_or_default(),
            model: text(model).unwrap_or_default(),
            created: created.and_then(seconds),
            status: text(status),
            reason: reason.and_then(|[reason]| text(reason)),
            error: error.filter(told),
            usage: usage.filter(told).map(usage::read).unwrap_or_default(),
            output: output.filter(told),
        }
    }
}

/// Seconds since 1970; some tell parts of them.
fn seconds(raw: Raw<'_>) -> Option<u64> {
    let float = number(raw, "created_at").ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float to an integer stops at the ends of its range"
    )]
    Some(float as u64)
}

/// Members that [`Head`] reads.
const READ: [&str; 8] = [
    "id",
    "model",
    "created_at",
    "status",
    "incomplete_details",
    "error",
    "usage",
    "output",
];

/// Reads a provider's whole answer.
pub(in super::super) fn decode(
    context: &DecodeContext,
    body: &[u8],
) -> Result<Response, Unreadable> {
    let mut answer = Object::of_body(body)?;
    let head = Head::take(&mut answer);
    // It says nothing.
    answer.take("object");
    let status = head.status.as_deref();
    let output = match (head.output, head.error) {
        (Some(output), None) => elements(output, "output")?,
        (None, None) => return Err(Unreadable::new("it has no output")),
        (_, Some(error)) => return Err(failed(error)),
    };
    let blocks = item::read_all(output, "output", context)?;
    let is_call = |block: &Block| matches!(block.content, Content::ToolCall(_));
    let called = blocks.iter().any(is_call);
    let Some(stop) = stop_of(status, head.reason.as_deref(), called) else {
        let status = status.unwrap_or_default();
        return Err(Unreadable::new(format!(
            "it is not complete: its status is {}",
            json::quote(status)
        )));
    };
    // What the answer repeats of its request, and all that is not known.
    let mut sidecars = answer.into_sidecars(OpenAiResponses);
    if let StopReason::Other(word) = &stop {
        let details = format!("{{\"reason\":{}}}", json::quote(word));
        let sidecar = Sidecar::new(OpenAiResponses, "incomplete_details", &details);
        sidecars.push(sidecar);
    }
    Ok(Response {
        id: head.id.into_owned(),
        model: head.model.into_owned(),
        created: head.created,
        choices: vec![Choice {
            blocks,
            stop,
            sidecars: Vec::new(),
        }],
        usage: head.usage,
        sidecars,
    })
}

fn failed(error: Raw<'_>) -> Unreadable {
    let code = members_of(error, ["code"]).ok();
    let code = code.and_then(|[code]| code.and_then(json::string));
    Unreadable::new(match code {
        Some(code) => format!("it failed with the code {}", json::quote(&code)),
        None => "it failed".to_owned(),
    })
}
