use std::borrow::Cow;

use agentgateway_core::json::Raw;

use super::{
    super::{
        super::{
            form::{Block, Sidecar},
            stream::{BlockKind, CodecError, Delta, Event, EventSink, tell},
        },
        ids,
    },
    state::{Kind, Open, State},
};
use crate::LlmDialect::OpenAiResponses;

/// The blocks of the canonical form: one is open at a time.
impl State {
    /// The open block, when it is this one; else this one is opened.
    pub(super) fn enter(
        &mut self,
        place: usize,
        part: u64,
        kind: Kind,
        out: &mut dyn EventSink,
    ) -> Result<u32, CodecError> {
        if let Some(open) = self.open {
            if open.place == place && open.part == part && open.kind == kind {
                return Ok(open.index);
            }
        }
        let told = self.items.get_mut(place)?;
        told.tell(part)?;
        let id = ids::told(&told.id).map(|id| Cow::Owned(id.to_owned()));
        let block = match kind {
            Kind::Refusal => BlockKind::Refusal,
            Kind::Reasoning => BlockKind::Reasoning { id, redacted: None },
            _ => BlockKind::Text,
        };
        self.flush(out)?;
        self.begin(place, part, kind, block, out)
    }

    pub(super) fn begin(
        &mut self,
        place: usize,
        part: u64,
        kind: Kind,
        block: BlockKind<'_>,
        out: &mut dyn EventSink,
    ) -> Result<u32, CodecError> {
        self.close(out)?;
        let index = self.index();
        self.open = Some(Open {
            place,
            at: self.items.get(place).map_or(0, |item| item.at),
            part,
            kind,
            index,
        });
        out.event(Event::BlockStart {
            index,
            choice: 0,
            block,
        })?;
        Ok(index)
    }

    pub(super) fn index(&mut self) -> u32 {
        let index = self.next;
        self.next = self.next.saturating_add(1);
        index
    }

    pub(super) fn close(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        match self.open.take() {
            Some(open) => out.event(Event::BlockStop { index: open.index }),
            None => Ok(()),
        }
    }

    pub(super) fn close_item(
        &mut self,
        place: usize,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        match self.open {
            Some(open) if open.place == place => self.close(out),
            _ => Ok(()),
        }
    }

    /// Ends the call that is open.
    pub(super) fn end_call(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if self.is_calling() {
            self.close(out)?;
        }
        Ok(())
    }

    /// Tells a block that came whole.
    pub(super) fn whole(
        &mut self,
        mut block: Block,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        self.close(out)?;
        // A stream has no place for what an item has beside its parts.
        block
            .sidecars
            .retain(|one| matches!(&*one.name, "annotation" | "logprobs" | "namespace"));
        let index = self.index();
        tell(&block, index, 0, out)
    }

    /// What stood before no call is no call's state.
    pub(super) fn flush(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        match self.carried.take() {
            Some(block) => self.whole(block, out),
            None => Ok(()),
        }
    }
}

/// Tells what only this dialect knows of the open block.
pub(super) fn other(
    name: &str,
    raw: Raw<'_>,
    index: u32,
    out: &mut dyn EventSink,
) -> Result<(), CodecError> {
    let delta = Delta::Other(Sidecar::of(OpenAiResponses, name, raw));
    out.event(Event::Delta { index, delta })
}
