use agentgateway_core::json::{self, JsonType, Raw};

use super::{
    super::{
        super::{
            codec::{DecodeContext, Refused},
            form::{Block, Content, Reasoning, Sidecar, ToolCall},
            read::Object,
        },
        names::Calls,
        read, state,
    },
    media, result,
};
use crate::LlmDialect;

/// Members of a part that say something of its data, and are none.
pub(in super::super) const METADATA: [&str; 10] = [
    "thought",
    "thoughtSignature",
    "partMetadata",
    "mediaResolution",
    "videoMetadata",
    "mediaProcessing",
    "speechMetadata",
    "documentMetadata",
    "spreadsheetMetadata",
    "audioMetadata",
];

/// Parts of these kinds are kept whole whatever else they hold.
pub(in super::super) const WHOLE: [&str; 4] = [
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

/// Whose parts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Side {
    Request,
    Answer,
}

/// Reads parts.
#[derive(Debug)]
pub(in super::super) struct Reader<'c> {
    pub(in super::super) side: Side,
    pub(in super::super) calls: Calls,
    pub(in super::super) context: &'c DecodeContext,
}

// === impl Reader ===

impl Reader<'_> {
    /// Reads one part: a block, or two where a signature stands on a text.
    pub(in super::super) fn part(
        &mut self,
        raw: Raw<'_>,
        place: &str,
        out: &mut Vec<Block>,
    ) -> Result<(), Refused> {
        let mut part = read::object(raw, place)?;
        if let Some(name) = self.whole(raw) {
            let sidecar = Sidecar::of(LlmDialect::Gemini, &format!("parts.{name}"), raw);
            out.push(Block::new(Content::Other(sidecar)));
            return Ok(());
        }
        let before = out.len();
        let thought = part.take_bool("thought")?.unwrap_or(false);
        let signature = part.take_str("thoughtSignature")?.map(state::read);
        let text = part.take_str("text")?;
        let call = self.call(&mut part)?;
        if let Some((mut call, rest)) = call {
            call.state = signature.map(|signature| signature.state.into_owned());
            let mut block = Block::new(Content::ToolCall(call));
            read::keep_rest(rest, "functionCall.", &mut block.sidecars);
            out.push(block);
        } else if thought {
            let redacted = signature.as_ref().is_some_and(|found| found.redacted);
            let text = text.unwrap_or_default().into_owned();
            let state = signature.map(|signature| signature.state.into_owned());
            push_thought(text, state, redacted, out);
        } else {
            if let Some(signature) = signature {
                push_thought(
                    String::new(),
                    Some(signature.state.into_owned()),
                    false,
                    out,
                );
            }
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                out.push(Block::text(text));
            }
        }
        if let Some(response) = read::take_object(&mut part, "functionResponse")? {
            out.push(result::decode(response, &mut self.calls)?);
        }
        for name in ["inlineData", "fileData"] {
            if let Some(data) = read::take_object(&mut part, name)? {
                out.push(media::decode(name, data)?);
            }
        }
        if let Some(block) = out.get_mut(before..).and_then(<[Block]>::last_mut) {
            read::keep_rest(part, "", &mut block.sidecars);
        }
        Ok(())
    }

    /// The kind of a part that is kept whole.
    fn whole(&self, raw: Raw<'_>) -> Option<String> {
        let mut known = false;
        let mut other = None;
        // It was read as an object.
        let _ = json::entries(raw, |name, value| {
            let name = read::spelled(name);
            if json::is_null(value) || METADATA.contains(&name.as_ref()) {
                return;
            }
            match name.as_ref() {
                "text" | "functionCall" => known = true,
                "functionResponse" | "inlineData" | "fileData" if self.side == Side::Request => {
                    known = true;
                }
                _ if other.is_none() => other = Some(name.into_owned()),
                _ => {}
            }
        });
        other.filter(|name: &String| !known || WHOLE.contains(&name.as_str()))
    }

    fn call<'a>(
        &mut self,
        part: &mut Object<'a>,
    ) -> Result<Option<(ToolCall, Object<'a>)>, Refused> {
        let Some(mut call) = read::take_object(part, "functionCall")? else {
            return Ok(None);
        };
        let name = call.require_str("name")?;
        let name = self.context.tool_name(&name).to_owned();
        let id = call.take_str("id")?;
        let id = self.calls.call(id.as_deref(), &name);
        let given = call.take("args");
        let arguments = arguments(given, &call.path("args"))?.to_owned();
        Ok(Some((ToolCall::new(id, name, arguments), call)))
    }
}

/// The arguments of a call: an empty object where there are none.
pub(in super::super) fn arguments<'a>(
    raw: Option<Raw<'a>>,
    place: &str,
) -> Result<&'a str, Refused> {
    match raw {
        None => Ok("{}"),
        Some(raw) if json::type_of(raw) == JsonType::Object => Ok(raw.get()),
        Some(raw) => Err(Refused::wrong_type(place, "an object", raw)),
    }
}

/// State without a text goes to the thought before it, unless that has one.
fn push_thought(
    text: String,
    state: Option<super::super::super::form::Opaque<'static>>,
    redacted: bool,
    out: &mut Vec<Block>,
) {
    if text.is_empty() && !redacted {
        if state.is_none() {
            return;
        }
        let last = out.last_mut().map(|block| &mut block.content);
        if let Some(Content::Reasoning(thought)) = last {
            if thought.state.is_none() {
                thought.state = state;
                return;
            }
        }
    }
    out.push(Block::new(Content::Reasoning(Reasoning {
        text,
        state,
        redacted,
        id: None,
    })));
}
