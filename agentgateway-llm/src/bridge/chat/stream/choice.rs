//! The blocks of one choice, one after the other.

use std::borrow::Cow;

use agentgateway_core::json::Raw;

use super::{
    super::{
        super::{
            DecodeContext,
            form::{Opaque, StopReason},
            stream::{BlockKind, CodecError, Delta, Event, EventSink},
        },
        message::other,
        stop,
    },
    progress::Progress,
    waiting::{Queue, Waiting},
};

/// The most calls of one choice.
const MAX_CALLS: usize = 4096;

/// Where events go, and what they need.
pub(super) struct Emit<'a> {
    pub(super) next_index: &'a mut u32,
    pub(super) context: &'a DecodeContext,
    pub(super) out: &'a mut dyn EventSink,
}

/// Chat tells fragments by kind and by call, in any order; here they become blocks, one open at a time. What
/// comes to another block while the arguments of the open call are not complete waits.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) number: u32,
    open: Option<Open>,
    waiting: Queue,
    pub(super) calls: Vec<Call>,
    /// Thoughts come as plain text: what `reasoning_details` say again is passed over.
    pub(super) thinks_plainly: bool,
    reason: Option<StopReason>,
    called: bool,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    index: u32,
    slot: Slot,
    /// State came: what follows is another thought.
    sealed: bool,
}

/// Which block a piece belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Text,
    Refusal,
    Reasoning,
    Call(usize),
}

/// A call, as far as it is told.
#[derive(Debug)]
pub(super) struct Call {
    /// `index`, where the provider tells one.
    pub(super) key: Option<u64>,
    /// The id that the provider told; may be empty.
    pub(super) told: String,
    /// The id that it has here.
    pub(super) id: String,
    /// Empty until it is told.
    pub(super) name: String,
    pub(super) is_custom: bool,
    pub(super) state: Option<Opaque<'static>>,
    arguments: Progress,
    /// Its block was begun.
    opened: bool,
}

impl Call {
    pub(super) fn new(key: Option<u64>, told: String, id: String) -> Self {
        Self {
            key,
            told,
            id,
            name: String::new(),
            is_custom: false,
            state: None,
            arguments: Progress::default(),
            opened: false,
        }
    }
}

// === impl Choice ===

impl Choice {
    pub(super) fn new(number: u32) -> Self {
        Self {
            number,
            open: None,
            waiting: Queue::default(),
            calls: Vec::new(),
            thinks_plainly: false,
            reason: None,
            called: false,
        }
    }

    /// A new call; its place.
    pub(super) fn call(&mut self, call: Call) -> Result<usize, CodecError> {
        if self.calls.len() >= MAX_CALLS {
            return Err(CodecError::malformed("it has too many calls of tools"));
        }
        self.calls.push(call);
        Ok(self.calls.len() - 1)
    }

    /// A piece of a block.
    pub(super) fn piece(
        &mut self,
        slot: Slot,
        text: Cow<'_, str>,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        match self.open {
            Some(open) if open.slot == slot && !open.sealed => {}
            // White space behind arguments that are complete.
            _ if self.is_over(slot) && text.trim().is_empty() => return Ok(()),
            _ if self.is_blocked() || !self.is_named(slot) => {
                self.waiting.piece(slot, &text, None)?;
                return self.advance(to, false);
            }
            _ => self.switch(slot, to)?,
        }
        self.tell(slot, text, to)?;
        self.advance(to, false)
    }

    /// State of thoughts.
    pub(super) fn state(
        &mut self,
        state: Opaque<'static>,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        if self.is_blocked() {
            return self.waiting.piece(Slot::Reasoning, "", Some(state));
        }
        self.seal(state, to)
    }

    /// A block that comes whole.
    pub(super) fn whole(
        &mut self,
        block: BlockKind<'static>,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        if self.is_blocked() {
            return self.waiting.whole(block);
        }
        self.tell_whole(block, to)
    }

    /// What only this dialect knows of the open block; a block of its own where none is open.
    pub(super) fn note(
        &mut self,
        name: &str,
        raw: Raw<'_>,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        let sidecar = other(name, raw);
        match self.open {
            Some(Open { index, .. }) => to.out.event(Event::Delta {
                index,
                delta: Delta::Other(sidecar),
            }),
            None => self.whole(BlockKind::Other(sidecar), to),
        }
    }

    /// The provider says why it stopped: nothing waits any longer.
    pub(super) fn finish(
        &mut self,
        word: &str,
        sequence: Option<&str>,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        self.reason = Some(stop::of_word(Some(word), sequence, false));
        self.end(to)
    }

    /// The choice is over.
    pub(super) fn end(&mut self, to: &mut Emit<'_>) -> Result<(), CodecError> {
        self.advance(to, true)?;
        self.close(to)
    }

    /// Why it stopped.
    pub(super) fn reason(&self) -> StopReason {
        match &self.reason {
            None | Some(StopReason::EndTurn) if self.called => StopReason::ToolUse,
            reason => reason.clone().unwrap_or_default(),
        }
    }

    /// The arguments of the open call are not complete, or something waits already.
    fn is_blocked(&self) -> bool {
        self.is_within_call() || !self.waiting.is_empty()
    }

    fn is_within_call(&self) -> bool {
        match self.open.map(|open| open.slot) {
            Some(Slot::Call(at)) => {
                let call = self.calls.get(at);
                call.is_some_and(|call| !call.arguments.is_complete())
            }
            _ => false,
        }
    }

    /// A call whose block is closed, or open now.
    fn is_over(&self, slot: Slot) -> bool {
        match slot {
            Slot::Call(at) => self.calls.get(at).is_some_and(|call| call.opened),
            _ => false,
        }
    }

    fn is_named(&self, slot: Slot) -> bool {
        match slot {
            Slot::Call(at) => self.calls.get(at).is_some_and(|call| !call.name.is_empty()),
            _ => true,
        }
    }

    /// Tells what waits, as far as it need not wait any longer: `all` of it at the end.
    fn advance(&mut self, to: &mut Emit<'_>, all: bool) -> Result<(), CodecError> {
        while !self.waiting.is_empty() && (all || !self.is_within_call()) {
            let is_nameless = |slot| !self.is_named(slot);
            if self.waiting.first_slot().is_some_and(is_nameless) {
                if !all {
                    break;
                }
                return Err(CodecError::malformed("a call of a tool without its name"));
            }
            match self.waiting.pop() {
                Some(Waiting::Piece { slot, text, state }) => {
                    if self
                        .open
                        .is_none_or(|open| open.slot != slot || open.sealed)
                    {
                        self.switch(slot, to)?;
                    }
                    self.tell(slot, Cow::Owned(text), to)?;
                    if let Some(state) = state {
                        self.seal(state, to)?;
                    }
                }
                Some(Waiting::Whole(block)) => self.tell_whole(block, to)?,
                None => {}
            }
        }
        Ok(())
    }

    fn tell(
        &mut self,
        slot: Slot,
        text: Cow<'_, str>,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        let Some(Open { index, .. }) = self.open.filter(|_| !text.is_empty()) else {
            return Ok(());
        };
        let delta = match slot {
            Slot::Text | Slot::Refusal => Delta::Text(text),
            Slot::Reasoning => Delta::Reasoning(text),
            Slot::Call(at) => {
                // Nothing tells where the input of a custom tool ends: it ends with the choice.
                if let Some(call) = self.calls.get_mut(at).filter(|call| !call.is_custom) {
                    call.arguments.take(&text);
                }
                Delta::Arguments(text)
            }
        };
        to.out.event(Event::Delta { index, delta })
    }

    fn seal(&mut self, state: Opaque<'static>, to: &mut Emit<'_>) -> Result<(), CodecError> {
        if self
            .open
            .is_none_or(|open| open.slot != Slot::Reasoning || open.sealed)
        {
            self.switch(Slot::Reasoning, to)?;
        }
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        open.sealed = true;
        to.out.event(Event::Delta {
            index: open.index,
            delta: Delta::State(state),
        })
    }

    fn tell_whole(
        &mut self,
        block: BlockKind<'static>,
        to: &mut Emit<'_>,
    ) -> Result<(), CodecError> {
        self.close(to)?;
        let index = self.begin(block, to)?;
        to.out.event(Event::BlockStop { index })
    }

    /// Closes what is open, and opens a block.
    fn switch(&mut self, slot: Slot, to: &mut Emit<'_>) -> Result<(), CodecError> {
        self.close(to)?;
        let block = match slot {
            Slot::Text => BlockKind::Text,
            Slot::Refusal => BlockKind::Refusal,
            Slot::Reasoning => BlockKind::Reasoning {
                id: None,
                redacted: None,
            },
            Slot::Call(at) => {
                let call = self.calls.get_mut(at);
                let call = call.ok_or(CodecError::malformed("a piece of no call"))?;
                if std::mem::replace(&mut call.opened, true) {
                    return Err(CodecError::malformed(
                        "arguments behind the end of their call",
                    ));
                }
                self.called = true;
                BlockKind::ToolCall {
                    id: call.id.clone().into(),
                    name: to.context.tool_name(&call.name).to_owned().into(),
                    is_custom: call.is_custom,
                    state: call.state.take(),
                }
            }
        };
        let index = self.begin(block, to)?;
        self.open = Some(Open {
            index,
            slot,
            sealed: false,
        });
        Ok(())
    }

    fn begin(&self, block: BlockKind<'_>, to: &mut Emit<'_>) -> Result<u32, CodecError> {
        let index = *to.next_index;
        *to.next_index = index
            .checked_add(1)
            .ok_or(CodecError::malformed("it has too many blocks"))?;
        let choice = self.number;
        to.out.event(Event::BlockStart {
            index,
            choice,
            block,
        })?;
        Ok(index)
    }

    fn close(&mut self, to: &mut Emit<'_>) -> Result<(), CodecError> {
        match self.open.take() {
            Some(Open { index, .. }) => to.out.event(Event::BlockStop { index }),
            None => Ok(()),
        }
    }
}
