//! Reading answers: the objects of which a stream has many, and a whole answer one.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonError, JsonType, Raw};

use super::{
    super::{
        Unreadable,
        form::{Block, Choice, Content, Reasoning, Response, Sidecar, StopReason, ToolCall},
        read::Object,
    },
    DIALECT,
};
use crate::LlmUsage;

/// The members that are read; what else there is stands beside the answer.
const KNOWN: [&str; 7] = [
    "model",
    "created_at",
    "message",
    "done",
    "done_reason",
    "prompt_eval_count",
    "eval_count",
];

/// One object of an answer.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    pub(super) model: Cow<'a, str>,
    created_at: Cow<'a, str>,
    pub(super) content: Cow<'a, str>,
    pub(super) thinking: Cow<'a, str>,
    calls: Option<Raw<'a>>,
    images: Option<Raw<'a>>,
    pub(super) done: bool,
    reason: Option<Cow<'a, str>>,
    pub(super) usage: LlmUsage,
}

// === impl Chunk ===

impl<'a> Chunk<'a> {
    /// # Errors
    /// It is no JSON object, or its message is none.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, JsonError> {
        let [model, created_at, message, done, reason, input, output] = json::members(body, KNOWN)?;
        let message = message.filter(|message| !json::is_null(*message));
        let [content, thinking, calls, images] = match message {
            Some(message) => {
                json::members_of(message, ["content", "thinking", "tool_calls", "images"])?
            }
            None => [None; 4],
        };
        let text = |raw: Option<Raw<'a>>| raw.and_then(json::string);
        Ok(Self {
            model: text(model).unwrap_or_default(),
            created_at: text(created_at).unwrap_or_default(),
            content: text(content).unwrap_or_default(),
            thinking: text(thinking).unwrap_or_default(),
            calls: calls.filter(|calls| json::type_of(*calls) == JsonType::Array),
            images: images.filter(|images| !matches!(images.get(), "null" | "[]")),
            done: done.and_then(json::boolean).unwrap_or(false),
            reason: text(reason),
            usage: LlmUsage {
                input_uncached_tokens: input.and_then(json::unsigned),
                output_text_tokens: output.and_then(json::unsigned),
                ..LlmUsage::default()
            },
        })
    }

    /// Images that the model made, which no form of an answer has.
    pub(super) fn images(&self) -> Option<Sidecar> {
        let images = self.images?;
        Some(Sidecar::of(DIALECT, "message.images", images))
    }

    /// The calls; `before` have come in earlier objects.
    pub(super) fn calls(&self, before: usize) -> Vec<ToolCall> {
        let mut found = Vec::new();
        let Some(calls) = self.calls else {
            return found;
        };
        // What is no array was left out above.
        let _ = json::elements(calls, |call| {
            let at = before + found.len();
            found.extend(self.call(call, at));
        });
        found
    }

    fn call(&self, call: Raw<'_>, at: usize) -> Option<ToolCall> {
        let [id, function] = json::members_of(call, ["id", "function"]).ok()?;
        let [name, arguments] = json::members_of(function?, ["name", "arguments"]).ok()?;
        let id = id.and_then(json::string).filter(|id| !id.is_empty());
        let arguments = arguments.filter(|arguments| !json::is_null(*arguments));
        let arguments = arguments.map_or(Cow::Borrowed("{}"), |arguments| {
            json::string(arguments).unwrap_or(Cow::Borrowed(arguments.get()))
        });
        Some(ToolCall::new(
            id.unwrap_or_else(|| self.call_id(at).into()),
            json::string(name?)?,
            arguments,
        ))
    }

    /// An id for a call that has none: the moment, which is told to the nanosecond, tells conversations apart.
    fn call_id(&self, at: usize) -> String {
        let moment = self.created_at.chars().filter(char::is_ascii_digit);
        let moment: String = moment.take(32).collect();
        format!("call_{moment}_{at}")
    }

    pub(super) fn stop(&self, called: bool) -> StopReason {
        match self.reason.as_deref() {
            Some("length") => StopReason::MaxTokens,
            None | Some("stop" | "") if called => StopReason::ToolUse,
            None | Some("stop" | "") => StopReason::EndTurn,
            Some(word) => StopReason::Other(word.to_owned()),
        }
    }
}

/// Reads a whole answer.
pub(super) fn decode(body: &[u8]) -> Result<Response, Unreadable> {
    let chunk = Chunk::read(body)?;
    if !chunk.done {
        return Err(Unreadable::new("it is not done"));
    }
    let mut answer = Object::of_body(body)?;
    for name in KNOWN {
        answer.take(name);
    }
    let mut blocks = Vec::new();
    if !chunk.thinking.is_empty() {
        blocks.push(Block::new(Content::Reasoning(Reasoning {
            text: chunk.thinking.clone().into_owned(),
            ..Reasoning::default()
        })));
    }
    if !chunk.content.is_empty() {
        blocks.push(Block::text(chunk.content.clone()));
    }
    blocks.extend(
        chunk
            .images()
            .map(|found| Block::new(Content::Other(found))),
    );
    let calls = chunk.calls(0);
    let stop = chunk.stop(!calls.is_empty());
    blocks.extend(
        calls
            .into_iter()
            .map(|call| Block::new(Content::ToolCall(call))),
    );
    Ok(Response {
        model: chunk.model.into_owned(),
        choices: vec![Choice {
            blocks,
            stop,
            sidecars: Vec::new(),
        }],
        usage: chunk.usage,
        sidecars: answer.into_sidecars(DIALECT),
        ..Response::default()
    })
}
