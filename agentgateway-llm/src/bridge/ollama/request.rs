use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    super::{
        Encoded, Loss, LossReport, Refused,
        form::{
            Block, Content, Media, MediaKind, MediaSource, OutputFormat, ReasoningEffort,
            ReasoningOptions, Request, Role, Sampling, Sidecar, Tool, ToolCall, ToolChoice,
            ToolResult, Turn,
        },
        lost,
    },
    DIALECT,
};

/// The parameters of a tool that takes nothing: the member must be there.
const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

#[derive(Serialize)]
struct Chat<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    // Left out, it would be true.
    stream: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<ToolItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    think: Option<Think>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options<'a>>,
    #[serde(flatten)]
    own: BTreeMap<&'a str, &'a RawValue>,
}

#[derive(Default, Serialize)]
struct Message<'a> {
    role: &'static str,
    content: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    thinking: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<CallItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
}

#[derive(Serialize)]
struct CallItem<'a> {
    id: &'a str,
    function: Called<'a>,
}

#[derive(Serialize)]
struct Called<'a> {
    name: &'a str,
    arguments: &'a RawValue,
}

#[derive(Serialize)]
struct ToolItem<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    parameters: &'a RawValue,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Think {
    Whether(bool),
    Effort(&'static str),
}

#[derive(PartialEq, Serialize)]
struct Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    num_predict: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
}

pub(super) fn encode(request: &Request, losses: &mut LossReport) -> Result<Encoded, Refused> {
    let mut messages = Vec::with_capacity(request.turns.len() + 1);
    if !request.system.is_empty() {
        messages.push(message(Role::System, &request.system, losses));
    }
    for turn in &request.turns {
        say(turn, request, &mut messages, losses);
    }
    let chat = Chat {
        model: &request.model,
        messages,
        stream: request.stream,
        tools: tools(request, losses),
        think: request
            .reasoning
            .as_ref()
            .and_then(|asked| think(asked, losses)),
        format: request
            .output
            .as_ref()
            .and_then(|asked| format(asked, losses)),
        options: options(&request.sampling, losses),
        own: beside(&request.sidecars, losses),
    };
    if request.user.is_some() {
        losses.add(Loss::User);
    }
    let body = serde_json::to_vec(&chat)
        .map_err(|error| Refused::new(format!("the request cannot be written: {error}")))?;
    Ok(Encoded::new("/api/chat", body))
}

/// Writes a turn: results of tools are messages of their own, and come first; behind them their images, in a message of
/// the user's.
fn say<'a>(
    turn: &'a Turn,
    request: &'a Request,
    messages: &mut Vec<Message<'a>>,
    losses: &mut LossReport,
) {
    let mut shown = message(Role::User, &[], losses);
    for block in &turn.blocks {
        if let Content::ToolResult(found) = &block.content {
            messages.push(result(found, &request.turns, losses));
            for part in &found.content {
                if let Content::Media(media) = &part.content {
                    shown.images.extend(image(media, losses));
                }
            }
        }
    }
    if !shown.images.is_empty() {
        messages.push(shown);
    }
    let is_result = |block: &Block| matches!(block.content, Content::ToolResult(_));
    if turn.blocks.is_empty() || !turn.blocks.iter().all(is_result) {
        messages.push(message(turn.role, &turn.blocks, losses));
    }
}

fn message<'a>(role: Role, blocks: &'a [Block], losses: &mut LossReport) -> Message<'a> {
    let mut message = Message {
        role: match role {
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::System => "system",
        },
        ..Message::default()
    };
    for block in blocks {
        match &block.content {
            Content::Text(text) => add(&mut message, text),
            Content::Refusal(text) => {
                losses.add(Loss::Refusal);
                add(&mut message, text);
            }
            Content::Media(media) => message.images.extend(image(media, losses)),
            Content::Reasoning(thought) => {
                message.thinking.push_str(&thought.text);
                if thought.state.is_some() {
                    losses.add(Loss::ReasoningState);
                }
            }
            Content::ToolCall(asked) => message.tool_calls.extend(call(asked, losses)),
            // Has been written.
            Content::ToolResult(_) => {}
            Content::Other(sidecar) => lost::block(sidecar, losses),
        }
        note_beside(block, losses);
    }
    message
}

/// What a model wrote in pieces is one text; what others wrote in pieces is told apart.
fn add(message: &mut Message<'_>, text: &str) {
    if !message.content.is_empty() && !text.is_empty() && message.role != "assistant" {
        message.content.push_str("\n\n");
    }
    message.content.push_str(text);
}

fn note_beside(block: &Block, losses: &mut LossReport) {
    if block.cache.is_some() {
        losses.add(Loss::CacheMarker);
    }
    for sidecar in &block.sidecars {
        lost::member(sidecar, losses);
    }
}

fn image<'a>(media: &'a Media, losses: &mut LossReport) -> Option<&'a str> {
    let loss = match (media.kind, &media.source) {
        (MediaKind::Image, MediaSource::Base64(data)) => {
            if media.detail.is_some() {
                losses.add(Loss::MediaDetail);
            }
            return Some(data);
        }
        (MediaKind::Audio, _) => Loss::Audio,
        (MediaKind::Video, _) => Loss::Video,
        (MediaKind::Document, _) => Loss::Document,
        (MediaKind::Image, MediaSource::Url(_)) => Loss::RemoteMedia,
        (MediaKind::Image, MediaSource::File(_)) => Loss::StoredMedia,
        (MediaKind::Image, MediaSource::Text(_)) => Loss::Image,
    };
    losses.add_at(loss, "messages");
    None
}

fn call<'a>(asked: &'a ToolCall, losses: &mut LossReport) -> Option<CallItem<'a>> {
    if asked.state.is_some() {
        losses.add(Loss::ReasoningState);
    }
    let text = asked.arguments.trim();
    let arguments = raw(if text.is_empty() { "{}" } else { text });
    let arguments = arguments.filter(|arguments| arguments.get().starts_with('{'));
    if arguments.is_none() {
        losses.add_at(Loss::ToolArguments, "tool_calls");
    }
    Some(CallItem {
        id: &asked.id,
        function: Called {
            name: &asked.name,
            arguments: arguments.or_else(|| raw("{}"))?,
        },
    })
}

fn result<'a>(found: &'a ToolResult, turns: &'a [Turn], losses: &mut LossReport) -> Message<'a> {
    let mut message = Message {
        role: "tool",
        tool_name: found
            .name
            .as_deref()
            .or_else(|| called(turns, &found.call_id)),
        tool_call_id: Some(&found.call_id),
        ..Message::default()
    };
    if found.is_error {
        losses.add(Loss::ToolResultError);
    }
    for block in &found.content {
        match &block.content {
            Content::Text(text) => add(&mut message, text),
            // Stands behind all results.
            Content::Media(_) => {}
            Content::Other(sidecar) => lost::block(sidecar, losses),
            _ => losses.add_at(Loss::UnknownBlock, "messages"),
        }
        note_beside(block, losses);
    }
    message
}

/// The tool of the call that a result answers: most dialects name the call alone.
fn called<'a>(turns: &'a [Turn], id: &str) -> Option<&'a str> {
    let mut blocks = turns.iter().rev().flat_map(|turn| &turn.blocks);
    blocks.find_map(|block| match &block.content {
        Content::ToolCall(call) if call.id == id => Some(call.name.as_str()),
        _ => None,
    })
}

/// The tools that may be asked for: the dialect has no other word for a choice among them.
fn tools<'a>(request: &'a Request, losses: &mut LossReport) -> Vec<ToolItem<'a>> {
    let choice = request.tool_choice.as_ref();
    let (none, must) = match choice {
        Some(ToolChoice::None) => (true, false),
        Some(ToolChoice::Required | ToolChoice::Tool(_)) => (false, true),
        Some(ToolChoice::Allowed { required, .. }) => (false, *required),
        Some(ToolChoice::Auto) | None => (false, false),
    };
    if must {
        losses.add_at(Loss::ToolChoice, "tool_choice");
    }
    if request.parallel_tool_calls == Some(false) && !request.tools.is_empty() {
        losses.add_at(Loss::ParallelToolCalls, "parallel_tool_calls");
    }
    let is_shown = |tool: &&Tool| match choice {
        Some(ToolChoice::Allowed { names, .. }) => names.contains(&tool.name),
        _ => !none,
    };
    let shown = request.tools.iter().filter(is_shown);
    shown.filter_map(|tool| item(tool, losses)).collect()
}

fn item<'a>(tool: &'a Tool, losses: &mut LossReport) -> Option<ToolItem<'a>> {
    if tool.custom.is_some() {
        losses.add_at(Loss::CustomTool, "tools");
    }
    if tool.strict == Some(true) {
        losses.add(Loss::Strict);
    }
    if tool.cache.is_some() {
        losses.add(Loss::CacheMarker);
    }
    for sidecar in &tool.sidecars {
        lost::member(sidecar, losses);
    }
    Some(ToolItem {
        r#type: "function",
        function: Function {
            name: &tool.name,
            description: tool.description.as_deref(),
            parameters: raw(tool.schema.as_deref().unwrap_or(NO_PARAMETERS))?,
        },
    })
}

fn think(asked: &ReasoningOptions, losses: &mut LossReport) -> Option<Think> {
    let budget = asked.budget_tokens;
    let effort = asked
        .effort
        .or_else(|| budget.map(ReasoningEffort::of_budget));
    let Some(effort) = effort else {
        return asked.adaptive.then_some(Think::Whether(true));
    };
    let exact = matches!(
        effort,
        ReasoningEffort::None
            | ReasoningEffort::Low
            | ReasoningEffort::Medium
            | ReasoningEffort::High
    );
    if !exact || budget.is_some_and(|tokens| tokens > 0) {
        losses.add(Loss::ReasoningEffort);
    }
    Some(match effort {
        ReasoningEffort::None => Think::Whether(false),
        ReasoningEffort::Minimal | ReasoningEffort::Low => Think::Effort("low"),
        ReasoningEffort::Medium => Think::Effort("medium"),
        ReasoningEffort::High | ReasoningEffort::ExtraHigh | ReasoningEffort::Max => {
            Think::Effort("high")
        }
    })
}

fn format<'a>(asked: &'a OutputFormat, losses: &mut LossReport) -> Option<&'a RawValue> {
    match asked {
        OutputFormat::Text => None,
        OutputFormat::JsonObject => raw("\"json\""),
        OutputFormat::JsonSchema {
            schema,
            description,
            ..
        } => {
            if description.is_some() {
                losses.add(Loss::Schema);
            }
            let schema = raw(schema);
            if schema.is_none() {
                losses.add_at(Loss::OutputFormat, "schema");
            }
            schema
        }
    }
}

fn options<'a>(asked: &'a Sampling, losses: &mut LossReport) -> Option<Options<'a>> {
    if asked.choices.is_some_and(|choices| choices > 1) {
        losses.add_at(Loss::Choices, "n");
    }
    if asked.logprobs == Some(true) || asked.top_logprobs.is_some_and(|number| number > 0) {
        losses.add(Loss::Logprobs);
    }
    let options = Options {
        num_predict: asked.max_tokens,
        temperature: asked.temperature,
        top_p: asked.top_p,
        top_k: asked.top_k,
        seed: asked.seed,
        presence_penalty: asked.presence_penalty,
        frequency_penalty: asked.frequency_penalty,
        stop: &asked.stop,
    };
    let none = Options {
        num_predict: None,
        temperature: None,
        top_p: None,
        top_k: None,
        seed: None,
        presence_penalty: None,
        frequency_penalty: None,
        stop: &[],
    };
    (options != none).then_some(options)
}

/// The members that only this dialect knows; those of others are noted.
fn beside<'a>(sidecars: &'a [Sidecar], losses: &mut LossReport) -> BTreeMap<&'a str, &'a RawValue> {
    let mut own = BTreeMap::new();
    for sidecar in sidecars {
        match raw(&sidecar.raw).filter(|_| sidecar.dialect == DIALECT) {
            Some(raw) => drop(own.insert(&*sidecar.name, raw)),
            None => lost::member(sidecar, losses),
        }
    }
    own
}

fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}
