use std::borrow::Cow;

use agentgateway_core::json::{self, Raw};

use super::{
    super::{
        super::{
            codec::{DecodeContext, Refused},
            form::{Opaque, Sidecar, StopReason},
            stream::{BlockKind, CodecError, Delta, Event, EventSink, Start},
        },
        fault,
        names::Calls,
        part::{self, WHOLE},
        state, stop,
    },
    chunk::{Call, Candidate, Chunk, Part, told, unreadable},
    pieces::Pieces,
};
use crate::{LlmDialect, LlmUsage, wire::Counts};

/// The most candidates that are told apart.
const MAX_CHOICES: u64 = 128;

/// Makes events of chunks.
#[derive(Debug)]
pub(super) struct Machine {
    context: DecodeContext,
    /// The answer has begun: the calls in it.
    calls: Option<Calls>,
    failed: bool,
    counts: Counts,
    usage: Option<LlmUsage>,
    blocked: Option<String>,
    blocks: Blocks,
    choices: Vec<Choice>,
}

/// One candidate.
#[derive(Debug)]
struct Choice {
    index: u32,
    open: Option<Open>,
    called: bool,
    reason: Option<String>,
    pieces: Option<Pieces>,
}

/// A block that may go on.
#[derive(Clone, Copy, Debug)]
struct Open {
    index: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thought,
    /// A thought that has its state.
    Signed,
    Call,
}

/// Counts blocks.
#[derive(Debug, Default)]
struct Blocks(u32);

type Out<'o> = dyn EventSink + 'o;

// === impl Machine ===

impl Machine {
    pub(super) fn new(context: DecodeContext) -> Self {
        Self {
            context,
            calls: None,
            failed: false,
            counts: Counts::default(),
            usage: None,
            blocked: None,
            blocks: Blocks::default(),
            choices: Vec::new(),
        }
    }

    /// Reads a chunk.
    pub(super) fn chunk(&mut self, raw: Raw<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
        if self.failed {
            return Ok(());
        }
        let chunk = Chunk::of(raw)?;
        if let Some(error) = chunk.error {
            self.failed = true;
            return out.event(Event::Fault(fault::of_error(error, None)));
        }
        if self.calls.is_none() {
            let id = chunk.id.and_then(json::string).unwrap_or_default();
            self.calls = Some(Calls::of_answer(&id));
            out.event(Event::Start(Start {
                id,
                model: chunk.model.and_then(json::string).unwrap_or_default(),
                created: None,
            }))?;
        }
        if let Some(candidates) = chunk.candidates {
            let mut result = Ok(());
            let read = json::elements(candidates, |candidate| {
                if result.is_ok() {
                    result = self.candidate(candidate, out);
                }
            });
            read.map_err(|error| unreadable(&error))?;
            result?;
        }
        if let Some(feedback) = chunk.feedback {
            let [camel, snake] = json::members_of(feedback, ["blockReason", "block_reason"])
                .map_err(|error| unreadable(&error))?;
            let reason = camel.or(snake).and_then(told).and_then(json::string);
            self.blocked = reason.map(Cow::into_owned).or(self.blocked.take());
        }
        if let Some(usage) = chunk.usage {
            self.counts.gemini(usage);
            let usage = self.counts.usage(LlmDialect::Gemini);
            if usage != self.usage {
                self.usage = usage;
                out.event(Event::Usage(usage.unwrap_or_default()))?;
            }
        }
        Ok(())
    }

    /// The body has ended, and nothing of it is missing, or something is.
    pub(super) fn finish(&mut self, complete: bool, out: &mut Out<'_>) -> Result<(), CodecError> {
        if self.failed {
            return Ok(());
        }
        let ended = self.blocked.is_some()
            || (!self.choices.is_empty()
                && self.choices.iter().all(|found| found.reason.is_some()));
        if !complete || !ended {
            return Err(CodecError::Truncated);
        }
        if self.choices.is_empty() {
            self.choices.push(Choice::new(0));
        }
        for choice in &mut self.choices {
            choice.end_call(out)?;
            choice.close(out)?;
            let reason = match (&choice.reason, &self.blocked) {
                (Some(word), _) => stop::of_word(word, choice.called),
                (None, blocked) => StopReason::Filtered(blocked.clone()),
            };
            let choice = choice.index;
            out.event(Event::Stop { choice, reason })?;
        }
        out.event(Event::End)
    }

    fn candidate(&mut self, raw: Raw<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
        let candidate = Candidate::of(raw)?;
        let at = self.place(candidate.index)?;
        let Self {
            context,
            calls: Some(calls),
            blocks,
            choices,
            ..
        } = self
        else {
            return Ok(());
        };
        let Some(choice) = choices.get_mut(at) else {
            return Ok(());
        };
        // A signature at the end closes the text that notes are about.
        let early = candidate.notes && choice.open.is_some_and(|open| open.kind == Kind::Text);
        if early {
            choice.notes(raw, "candidates.", Candidate::is_known, out)?;
        }
        let mut teller = Teller {
            choice,
            blocks,
            calls,
            context,
        };
        if let Some(parts) = candidate.parts {
            let mut result = Ok(());
            let read = json::elements(parts, |part| {
                if result.is_ok() {
                    result = teller.part(part, out);
                }
            });
            read.map_err(|error| unreadable(&error))?;
            result?;
        }
        if candidate.notes && !early {
            choice.notes(raw, "candidates.", Candidate::is_known, out)?;
        }
        if let Some(reason) = candidate.reason.and_then(json::string) {
            choice.reason = Some(reason.into_owned());
        }
        Ok(())
    }

    /// Where a candidate is. One without an index is the first.
    fn place(&mut self, index: Option<Raw<'_>>) -> Result<usize, CodecError> {
        let index = index.map_or(Some(0), json::unsigned);
        let index = index
            .filter(|index| *index < MAX_CHOICES)
            .and_then(|index| u32::try_from(index).ok())
            .ok_or(CodecError::malformed("a candidate's index is none"))?;
        let known = self.choices.iter().position(|found| found.index == index);
        Ok(known.unwrap_or_else(|| {
            self.choices.push(Choice::new(index));
            self.choices.len() - 1
        }))
    }
}

// === impl Choice ===

impl Choice {
    const fn new(index: u32) -> Self {
        Self {
            index,
            open: None,
            called: false,
            reason: None,
            pieces: None,
        }
    }

    fn close(&mut self, out: &mut Out<'_>) -> Result<(), CodecError> {
        match self.open.take() {
            Some(open) => out.event(Event::BlockStop { index: open.index }),
            None => Ok(()),
        }
    }

    fn delta(&self, delta: Delta<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
        match self.open {
            Some(open) => out.event(Event::Delta {
                index: open.index,
                delta,
            }),
            None => Ok(()),
        }
    }

    /// Tells the members that are not known to the block that is open.
    fn notes(
        &self,
        raw: Raw<'_>,
        prefix: &str,
        is_known: fn(&str) -> bool,
        out: &mut Out<'_>,
    ) -> Result<(), CodecError> {
        let mut result = Ok(());
        let read = json::entries(raw, |name, value| {
            if result.is_ok() && !is_known(name) && told(value).is_some() {
                let name = format!("{prefix}{}", super::super::read::spelled(name));
                let sidecar = Sidecar::of(LlmDialect::Gemini, &name, value);
                result = self.delta(Delta::Other(sidecar), out);
            }
        });
        read.map_err(|error| unreadable(&error))?;
        result
    }

    /// The call that comes in pieces is complete.
    fn end_call(&mut self, out: &mut Out<'_>) -> Result<(), CodecError> {
        let Some(pieces) = self.pieces.take() else {
            return Ok(());
        };
        out.event(Event::Delta {
            index: pieces.index,
            delta: Delta::Arguments(pieces.finish().into()),
        })?;
        self.close(out)
    }
}

// === impl Blocks ===

impl Blocks {
    fn next(&mut self) -> Result<u32, CodecError> {
        let index = self.0;
        self.0 = index.checked_add(1).ok_or(CodecError::TooLarge)?;
        Ok(index)
    }
}

/// Tells the parts of one candidate.
struct Teller<'m> {
    choice: &'m mut Choice,
    blocks: &'m mut Blocks,
    calls: &'m mut Calls,
    context: &'m DecodeContext,
}

// === impl Teller ===

impl Teller<'_> {
    fn part(&mut self, raw: Raw<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
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
            self.call(Call::of(call)?, state, out)?;
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
        call: Call<'_>,
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
        self.begin(BlockKind::ToolCall { id, name, state }, Kind::Call, out)?;
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
        let arguments = part::arguments(call.arguments, "functionCall.args")
            .map_err(|refused: Refused| CodecError::from(refused))?;
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
