use agentgateway_core::json::{self, JsonType, Raw};
use bytes::BytesMut;

use super::{
    super::{
        super::{
            form::{
                Block, Content, Media, MediaKind, Reasoning, Sidecar, StateOwner, ToolCall,
                ToolResult,
            },
            loss::{Loss, LossReport},
        },
        loss, read, state, write,
    },
    media, result,
};
use crate::LlmDialect;

/// Base64 of `skip_thought_signature_validator`.
///
/// # Source
/// Gemini API guide, Thought signatures: for calls that another model made.
pub(in super::super) const SKIP_SIGNATURE: &str = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

/// Writes a part with a text.
pub(in super::super) fn text(
    out: &mut BytesMut,
    text: &str,
    thought: bool,
    signature: Option<&str>,
    sidecars: &[Sidecar],
) {
    out.reserve(text.len() + 32);
    write::object(out, |part| {
        part.string("text", text);
        if thought {
            part.number("thought", true);
        }
        part.some_string("thoughtSignature", signature);
        part.raws(read::own(sidecars, ""));
    });
}

/// Writes a part with a call, whose arguments are an object.
pub(in super::super) fn call(
    out: &mut BytesMut,
    (id, name, arguments): (&str, &str, &str),
    signature: Option<&str>,
    sidecars: &[Sidecar],
) {
    write::object(out, |part| {
        part.object("functionCall", |call| {
            call.string("id", id);
            call.string("name", name);
            call.raw(
                "args",
                if arguments.is_empty() {
                    "{}"
                } else {
                    arguments
                },
            );
            call.raws(read::own(sidecars, "functionCall."));
        });
        part.some_string("thoughtSignature", signature);
        part.raws(read::own(sidecars, ""));
    });
}

/// Whether a text is a JSON object.
pub(in super::super) fn is_object(text: &str) -> bool {
    Raw::parse(text.as_bytes()).is_ok_and(|raw| json::type_of(raw) == JsonType::Object)
}

/// The parts of one content, as they are written.
#[derive(Debug, Default)]
pub(in super::super) struct Parts {
    /// An answer carries state of any owner to its client; a request takes Gemini's alone.
    answer: bool,
    /// For a model of the third generation: its first call wants a signature, and results of functions take media.
    third: bool,
    /// The call of an answer that is none: its name and its arguments.
    pub(in super::super) malformed: Option<(String, String)>,
    pub(in super::super) losses: LossReport,
    results: Vec<BytesMut>,
    parts: Vec<BytesMut>,
    /// Gemini's own state, for the part that comes next.
    pending: Option<String>,
    has_call: bool,
}

// === impl Parts ===

impl Parts {
    /// For a content of an answer.
    pub(in super::super) fn of_answer() -> Self {
        Self {
            answer: true,
            ..Self::default()
        }
    }

    /// For a content of a request, to a model of the third generation or not.
    pub(in super::super) fn of_request(third: bool) -> Self {
        Self {
            third,
            ..Self::default()
        }
    }

    /// Writes a block. `name` is Gemini's name of the function that it is about.
    pub(in super::super) fn block(&mut self, block: &Block, name: &str) {
        if block.cache.is_some() {
            self.losses.add(Loss::CacheMarker);
        }
        loss::foreign_all(&block.sidecars, &mut self.losses);
        match &block.content {
            Content::Text(text) => self.text(text, &block.sidecars),
            Content::Refusal(text) => {
                self.losses.add(Loss::Refusal);
                self.text(text, &block.sidecars);
            }
            Content::Reasoning(thought) => self.thought(thought, &block.sidecars),
            Content::ToolCall(call) => self.call(call, name, &block.sidecars),
            Content::Other(own) if own.dialect == LlmDialect::Gemini => self.whole(&own.raw),
            Content::Other(other) => loss::foreign_block(other, &mut self.losses),
            Content::Media(media) if self.answer => self.losses.add(lost(media)),
            Content::Media(media) => self.media(media, &block.sidecars),
            Content::ToolResult(_) if self.answer => self.losses.add(Loss::UnknownBlock),
            Content::ToolResult(result) => self.result(result, name, &block.sidecars),
        }
    }

    /// The parts in the order in which Gemini wants them: results of functions first.
    pub(in super::super) fn finish(&mut self) -> Vec<BytesMut> {
        self.flush();
        let mut all = std::mem::take(&mut self.results);
        all.append(&mut self.parts);
        all
    }

    fn text(&mut self, content: &str, sidecars: &[Sidecar]) {
        let pending = self.pending.take();
        if content.is_empty() && pending.is_none() {
            return;
        }
        self.push(|part| text(part, content, false, pending.as_deref(), sidecars));
    }

    fn thought(&mut self, thought: &Reasoning, sidecars: &[Sidecar]) {
        self.flush();
        let own = thought
            .state
            .as_ref()
            .filter(|state| state.is_for(StateOwner::Gemini));
        let others = thought
            .state
            .as_ref()
            .filter(|state| !state.is_for(StateOwner::Gemini));
        if others.is_some() && !self.answer {
            self.losses.add(Loss::ReasoningState);
        }
        let carried = others.filter(|_| self.answer);
        let carried = carried.map(|state| state::write(state, thought.redacted));
        if !thought.text.is_empty() || carried.is_some() {
            self.push(|part| text(part, &thought.text, true, carried.as_deref(), sidecars));
        }
        self.pending = own.map(|state| state.data.clone().into_owned());
    }

    fn call(&mut self, found: &ToolCall, name: &str, sidecars: &[Sidecar]) {
        let is_object = found.arguments.is_empty() || is_object(&found.arguments);
        if !is_object {
            self.losses.add_at(Loss::ToolArguments, "functionCall.args");
            if self.answer {
                self.malformed = Some((found.name.clone(), found.arguments.clone()));
                return;
            }
        }
        let arguments = if is_object { &found.arguments } else { "{}" };
        let state = found.state.as_ref();
        let kept = state.filter(|state| self.answer || state.is_for(StateOwner::Gemini));
        if state.is_some() && kept.is_none() {
            self.losses.add(Loss::ReasoningState);
        }
        if kept.is_some() {
            self.flush();
        }
        let pending = self.pending.take();
        let skip = self.third && !self.has_call;
        let signature = kept
            .map(|state| state::write(state, false).into_owned())
            .or(pending)
            .or(skip.then(|| SKIP_SIGNATURE.to_owned()));
        self.has_call = true;
        self.push(|part| {
            call(
                part,
                (&found.id, name, arguments),
                signature.as_deref(),
                sidecars,
            );
        });
    }

    fn result(&mut self, found: &ToolResult, name: &str, sidecars: &[Sidecar]) {
        let written = result::encode(found, name, sidecars, self.third, &mut self.losses);
        self.results.push(written.part);
        self.parts.extend(written.beside);
    }

    fn media(&mut self, media: &Media, sidecars: &[Sidecar]) {
        self.flush();
        self.parts
            .extend(media::encode(media, sidecars, &mut self.losses));
    }

    fn whole(&mut self, json: &str) {
        self.flush();
        self.push(|part| write::raw(part, json));
    }

    /// State that no part came for stands on an empty text, as it does at the end of Gemini's streams.
    fn flush(&mut self) {
        if let Some(signature) = self.pending.take() {
            self.push(|part| text(part, "", false, Some(&signature), &[]));
        }
    }

    fn push(&mut self, fill: impl FnOnce(&mut BytesMut)) {
        let mut part = BytesMut::new();
        fill(&mut part);
        self.parts.push(part);
    }
}

const fn lost(media: &Media) -> Loss {
    match media.kind {
        MediaKind::Image => Loss::Image,
        MediaKind::Audio => Loss::Audio,
        MediaKind::Video => Loss::Video,
        MediaKind::Document => Loss::Document,
    }
}
