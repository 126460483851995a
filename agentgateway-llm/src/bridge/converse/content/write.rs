use agentgateway_core::json::{self, JsonType, Raw};

use super::super::{
    super::{
        Loss, LossReport,
        form::{
            Block, CacheMarker, Content, MediaKind, Reasoning, Role, Sidecar, StateOwner, ToolCall,
            ToolResult,
        },
    },
    DIALECT,
    json::{Elements, Members, string},
    loss::{Beside, foreign},
    media,
    model::Family,
    names::call_id,
    state,
};

/// For whom blocks are written.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Side {
    /// A provider, who refuses much.
    Provider { family: Family },
    /// A client, who shall have all.
    Client,
}

/// Writes blocks.
#[derive(Debug)]
pub(in super::super) struct Writer<'a> {
    side: Side,
    /// How many documents were written: each needs a name of its own.
    documents: usize,
    pub(in super::super) losses: &'a mut LossReport,
}

// === impl Writer ===

impl<'a> Writer<'a> {
    pub(in super::super) const fn new(side: Side, losses: &'a mut LossReport) -> Self {
        Self {
            side,
            documents: 0,
            losses,
        }
    }

    /// Writes a block, and what it is marked with.
    pub(in super::super) fn write(&mut self, out: &mut Elements<'_>, role: Role, block: &Block) {
        let wrote = match (&block.content, self.side) {
            (Content::ToolCall(call), Side::Client) if call.state.is_some() => {
                self.write_state(out, call);
                out.object_if_any(|out| self.block(out, role, block))
            }
            _ => out.object_if_any(|out| self.block(out, role, block)),
        };
        if let Some(marker) = block.cache {
            let after_thought = matches!(block.content, Content::Reasoning(_));
            let takes = match self.side {
                Side::Provider { family, .. } => family.caches() && wrote && !after_thought,
                Side::Client => false,
            };
            if takes {
                out.object(|out| write_cache(out, marker));
            } else {
                self.losses.add(Loss::CacheMarker);
            }
        }
    }

    fn block(&mut self, out: &mut Members<'_>, role: Role, block: &Block) {
        match &block.content {
            Content::Text(text) => return self.text(out, text, &block.sidecars),
            Content::Refusal(text) => {
                self.losses.add(Loss::Refusal);
                self.text(out, text, &[]);
            }
            Content::Media(found) if role != Role::System => {
                let written = media::write(out, block, found, &mut self.documents, self.losses);
                if let Err(loss) = written {
                    self.losses.add_at(loss, "content");
                    return;
                }
            }
            Content::Media(found) => self.losses.add_at(media::loss(found.kind), "system"),
            Content::Reasoning(thought) if role == Role::Assistant => {
                return self.reasoning(out, thought, &block.sidecars);
            }
            Content::Reasoning(_) => self.losses.add(Loss::ReasoningText),
            Content::ToolCall(call) if role == Role::Assistant => {
                return self.tool_call(out, call, &block.sidecars);
            }
            Content::ToolResult(result) if role == Role::User => {
                return self.tool_result(out, result, &block.sidecars);
            }
            Content::ToolCall(_) | Content::ToolResult(_) => {
                self.losses.add_at(Loss::UnknownBlock, "content");
            }
            Content::Other(sidecar) if sidecar.dialect == DIALECT => {
                out.raw(&sidecar.name, &sidecar.raw);
            }
            Content::Other(sidecar) => foreign(sidecar, Beside::Block, self.losses),
        }
        self.notes(&block.sidecars);
    }

    /// A text without a character is a 400; one of white space is taken, as recordings show. One with notes of this dialect's is written as it was read.
    fn text(&mut self, out: &mut Members<'_>, text: &str, sidecars: &[Sidecar]) {
        self.notes(sidecars);
        let mut own = sidecars.iter().filter(|own| own.dialect == DIALECT);
        let note = own.clone().find(|own| &*own.name != "citation");
        match note.map(|note| (&*note.name, &*note.raw)) {
            Some(("json", _)) => out.raw("json", text),
            Some((name, raw)) => out.raw(name, raw),
            None if text.is_empty() => {}
            None if own.next().is_none() => out.string("text", text),
            None => cited(out, text, sidecars),
        }
    }

    /// What only other dialects know of a block.
    fn notes(&mut self, sidecars: &[Sidecar]) {
        for sidecar in sidecars.iter().filter(|own| own.dialect != DIALECT) {
            foreign(sidecar, Beside::Member, self.losses);
        }
    }

    fn beside(&mut self, out: &mut Members<'_>, sidecars: &[Sidecar]) {
        for own in sidecars.iter().filter(|own| own.dialect == DIALECT) {
            out.raw(&own.name, &own.raw);
        }
        self.notes(sidecars);
    }

    /// Providers take thoughts back with Anthropic's own state alone.
    fn reasoning(&mut self, out: &mut Members<'_>, thought: &Reasoning, sidecars: &[Sidecar]) {
        let is_client = matches!(self.side, Side::Client);
        let state = thought.state.as_ref();
        let state = state.filter(|state| is_client || state.is_for(StateOwner::Anthropic));
        if !is_client && state.is_none() {
            if thought.state.is_some() {
                self.losses.add(Loss::ReasoningState);
            }
            if !thought.text.is_empty() {
                self.losses.add(Loss::ReasoningText);
            }
            return;
        }
        if state.is_none() && thought.text.is_empty() {
            return;
        }
        out.object("reasoningContent", |out| match state {
            Some(state) if thought.redacted => {
                out.string("redactedContent", &state::to_redacted(state));
            }
            state => out.object("reasoningText", |out| {
                out.string("text", &thought.text);
                if let Some(state) = state {
                    out.string("signature", &state.to_slot(StateOwner::Anthropic));
                }
                self.beside(out, sidecars);
            }),
        });
    }

    /// The state of a call stands before it.
    fn write_state(&mut self, out: &mut Elements<'_>, call: &ToolCall) {
        if let Some(state) = &call.state {
            let signature = state.to_slot(StateOwner::Anthropic);
            out.object(|out| {
                out.object("reasoningContent", |out| {
                    out.object("reasoningText", |out| {
                        out.string("text", "");
                        out.string("signature", &signature);
                    });
                });
            });
        }
    }

    fn tool_call(&mut self, out: &mut Members<'_>, call: &ToolCall, sidecars: &[Sidecar]) {
        out.object("toolUse", |out| {
            match self.side {
                Side::Provider { .. } => {
                    if call.state.is_some() {
                        self.losses.add(Loss::ReasoningState);
                    }
                    out.string("toolUseId", &call_id(&call.id));
                    out.string("name", &call.name);
                }
                Side::Client => {
                    out.string("toolUseId", &call.id);
                    out.string("name", &call.name);
                }
            }
            match (tool_input(&call.arguments), self.side) {
                (Some(input), _) => out.raw("input", input),
                // The member takes any JSON: what is none is told as the text that it is.
                (None, Side::Client) => string(out.name("input"), &call.arguments),
                (None, Side::Provider { .. }) => {
                    self.losses.add_at(Loss::ToolArguments, "toolUse.input");
                    out.raw("input", "{}");
                }
            }
            self.beside(out, sidecars);
        });
    }

    fn tool_result(&mut self, out: &mut Members<'_>, result: &ToolResult, sidecars: &[Sidecar]) {
        out.object("toolResult", |out| {
            out.string("toolUseId", &call_id(&result.call_id));
            out.array("content", |content| {
                for block in &result.content {
                    content.object_if_any(|out| self.result_block(out, block, result.is_json));
                }
            });
            if result.is_error {
                out.string("status", "error");
            }
            self.beside(out, sidecars);
        });
    }

    fn result_block(&mut self, out: &mut Members<'_>, block: &Block, is_json: bool) {
        match &block.content {
            Content::Text(text) if is_json && tool_input(text).is_some() => {
                out.raw("json", text);
                self.notes(&block.sidecars);
            }
            Content::Media(found) if found.kind == MediaKind::Audio => {
                self.losses.add_at(Loss::ToolResultMedia, "toolResult");
            }
            Content::Reasoning(_) | Content::ToolCall(_) | Content::ToolResult(_) => {
                self.losses.add_at(Loss::UnknownBlock, "toolResult");
            }
            _ => self.block(out, Role::User, block),
        }
        if block.cache.is_some() {
            self.losses.add(Loss::CacheMarker);
        }
    }
}

fn cited(out: &mut Members<'_>, text: &str, sidecars: &[Sidecar]) {
    out.object("citationsContent", |out| {
        out.array("content", |content| {
            content.object(|out| out.string("text", text))
        });
        out.array("citations", |citations| {
            for own in sidecars.iter().filter(|own| own.dialect == DIALECT) {
                citations.raw(&own.raw);
            }
        });
    });
}

/// Writes the point up to which a prompt is cached.
pub(in super::super) fn write_cache(out: &mut Members<'_>, marker: CacheMarker) {
    out.object("cachePoint", |out| {
        out.string("type", "default");
        if marker == CacheMarker::Hour {
            out.string("ttl", "1h");
        }
    });
}

/// Arguments as the object that they must be.
fn tool_input(arguments: &str) -> Option<&str> {
    let arguments = arguments.trim();
    if arguments.is_empty() {
        return Some("{}");
    }
    let raw = Raw::parse(arguments.as_bytes()).ok()?;
    (json::type_of(raw) == JsonType::Object).then(|| raw.get())
}
