use std::borrow::Cow;

use agentgateway_core::json::{self, Raw};

use super::{
    super::{
        super::{
            codec::DecodeContext,
            form::{Opaque, Sidecar},
            stream::{BlockKind, CodecError, Delta, Event},
        },
        names::Calls,
        part::{self, WHOLE},
        state,
    },
    choice::{Blocks, Choice, Kind, Open, Out},
    chunk::{Call, Part},
    pieces::Pieces,
};
use crate::LlmDialect;

/// Tells the parts of one candidate.
#[derive(Debug)]
pub(super) struct Teller<'m> {
    pub(super) choice: &'m mut Choice,
    pub(super) blocks: &'m mut Blocks,
    pub(super) calls: &'m mut Calls,
    pub(super) context: &'m DecodeContext,
}

// === impl Teller ===

impl Teller<'_> {
    /// Tells a part.
    pub(super) fn part(&mut self, raw: Raw<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
        let part = Part::of(raw)?;
        let known = part.text.is_some() || part.call.is_some();
        let whole = part.kind.as_deref();
        if let Some(kind) = whole.filter(|kind| !known || WHOLE.contains(kind)) {
            let sidecar = Sidecar::of(LlmDialect::Gemini, &format!("parts.{kind}"), raw);
            self.begin(BlockKind::Other(sidecar), Kind::Call, out)?;
            return self.choice.close(out);
        }
        let signature = part
            .signature
            .map(|raw| json::string(raw).ok_or(CodecError::malformed("a signature is no string")))
            .transpose()?
            .map(state::read);
        if let Some(call) = part.call {
            let state = signature.map(|signature| signature.state);
            self.call(&Call::of(call)?, state, out)?;
        } else {
            let text = part
                .text
                .map(|raw| json::string(raw).ok_or(CodecError::malformed("a text is no string")))
                .transpose()?
                .unwrap_or_default();
            self.text(text, part.thought, signature, out)?;
        }
        if part.notes || part.kind.is_some() {
            self.choice.notes(raw, "", Part::is_known, out)?;
        }
        if self.choice.pieces.is_none() && self.is_open(Kind::Call) {
            self.choice.close(out)?;
        }
        Ok(())
    }

    fn text(
        &mut self,
        text: Cow<'_, str>,
        thought: bool,
        signature: Option<state::Signature<'_>>,
        out: &mut Out<'_>,
    ) -> Result<(), CodecError> {
        if thought {
            return self.thought(text, signature, out);
        }
        if let Some(signature) = signature {
            self.sign(signature.state, out)?;
        }
        if text.is_empty() {
            return Ok(());
        }
        if !self.is_open(Kind::Text) {
            self.begin(BlockKind::Text, Kind::Text, out)?;
        }
        self.choice.delta(Delta::Text(text), out)
    }

    fn thought(
        &mut self,
        text: Cow<'_, str>,
        signature: Option<state::Signature<'_>>,
        out: &mut Out<'_>,
    ) -> Result<(), CodecError> {
        if !text.is_empty() {
            self.think(out)?;
            self.choice.delta(Delta::Reasoning(text), out)?;
        }
        match signature {
            None => Ok(()),
            Some(signature) if signature.redacted => {
                let (id, redacted) = (None, Some(signature.state));
                self.begin(BlockKind::Reasoning { id, redacted }, Kind::Signed, out)?;
                self.choice.close(out)
            }
            Some(signature) => self.sign(signature.state, out),
        }
    }

    /// Gives state to the thought that is open, or to one of its own.
    fn sign(&mut self, state: Opaque<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
        self.think(out)?;
        self.choice.delta(Delta::State(state), out)?;
        if let Some(open) = &mut self.choice.open {
            open.kind = Kind::Signed;
        }
        Ok(())
    }

    fn think(&mut self, out: &mut Out<'_>) -> Result<(), CodecError> {
        if self.is_open(Kind::Thought) {
            return Ok(());
        }
        let (id, redacted) = (None, None);
        self.begin(BlockKind::Reasoning { id, redacted }, Kind::Thought, out)
    }

    fn call(
        &mut self,
        call: &Call<'_>,
        state: Option<Opaque<'_>>,
        out: &mut Out<'_>,
    ) -> Result<(), CodecError> {
        let name = call
            .name
            .and_then(json::string)
            .filter(|name| !name.is_empty());
        if let Some(pieces) = self.choice.pieces.as_mut().filter(|_| name.is_none()) {
            if let Some(more) = call.pieces {
                pieces.add(more)?;
            }
            if !call.continues {
                self.choice.end_call(out)?;
            }
            return Ok(());
        }
        let name = name.ok_or(CodecError::malformed("a call has no name"))?;
        let name = self.context.tool_name(&name);
        let id = call.id.and_then(json::string);
        let id = self.calls.call(id.as_deref(), name);
        let (id, name) = (Cow::Owned(id), Cow::Borrowed(name));
        let block = BlockKind::ToolCall {
            id,
            name,
            is_custom: false,
            state,
        };
        self.begin(block, Kind::Call, out)?;
        self.choice.called = true;
        if call.continues || call.pieces.is_some() {
            let index = self.choice.open.map_or(0, |open| open.index);
            let mut pieces = Pieces::new(index);
            if let Some(more) = call.pieces {
                pieces.add(more)?;
            }
            self.choice.pieces = Some(pieces);
            if !call.continues {
                self.choice.end_call(out)?;
            }
            return Ok(());
        }
        let arguments = part::arguments(call.arguments, "functionCall.args")?;
        self.choice.delta(Delta::Arguments(arguments.into()), out)
    }

    fn begin(
        &mut self,
        block: BlockKind<'_>,
        kind: Kind,
        out: &mut Out<'_>,
    ) -> Result<(), CodecError> {
        self.choice.end_call(out)?;
        self.choice.close(out)?;
        let index = self.blocks.next()?;
        self.choice.open = Some(Open { index, kind });
        let choice = self.choice.index;
        out.event(Event::BlockStart {
            index,
            choice,
            block,
        })
    }

    fn is_open(&self, kind: Kind) -> bool {
        self.choice.open.is_some_and(|open| open.kind == kind)
    }
}
