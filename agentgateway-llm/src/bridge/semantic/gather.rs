use std::borrow::Cow;

use super::{
    room::{MIN_BYTES, TRUNCATED},
    write::output_messages,
};
use crate::{
    LlmDialect,
    bridge::{
        form::Sidecar,
        stream::{BlockKind, CodecError, Collect, Delta, Event, EventSink},
    },
};

/// What a block takes beside its text, at least.
const BLOCK_BYTES: usize = 12;

/// Gathers what a stream says, as much as will be written of it.
#[derive(Debug)]
pub(crate) struct Gather {
    said: Collect,
    max_bytes: usize,
    left: usize,
    is_full: bool,
    /// The choices that are complete.
    stopped: Vec<u32>,
}

impl Gather {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            said: Collect::new(),
            max_bytes,
            left: max_bytes.max(MIN_BYTES),
            is_full: false,
            stopped: Vec::new(),
        }
    }

    /// What was said so far.
    pub(crate) fn output_messages(&self) -> Option<String> {
        let choices = (0_u32..).zip(&self.said.so_far().choices);
        let choices = choices.map(|(choice, said)| {
            let stop = self.stopped.contains(&choice).then_some(&said.stop);
            (said.blocks.as_slice(), stop)
        });
        output_messages(choices, self.max_bytes)
    }

    fn begin(&mut self, index: u32, choice: u32, block: BlockKind<'_>) -> Result<(), CodecError> {
        let names = match &block {
            BlockKind::ToolCall { id, name, .. } => id.len() + name.len(),
            BlockKind::Other(sidecar) => sidecar.name.len(),
            _ => 0,
        };
        let Some(left) = self.left.checked_sub(BLOCK_BYTES + names) else {
            return self.end(choice);
        };
        // State, and what only its dialect knows, is not written.
        let block = match block {
            BlockKind::Reasoning { .. } => BlockKind::Reasoning {
                id: None,
                redacted: None,
            },
            BlockKind::ToolCall {
                id,
                name,
                is_custom,
                ..
            } => BlockKind::ToolCall {
                id,
                name,
                is_custom,
                state: None,
            },
            BlockKind::Other(it) => BlockKind::Other(Sidecar::new(it.dialect, &it.name, "")),
            plain => plain,
        };
        self.left = left;
        self.said.event(Event::BlockStart {
            index,
            choice,
            block,
        })
    }

    fn go_on(&mut self, index: u32, delta: &Delta<'_>) -> Result<(), CodecError> {
        let (Delta::Text(text) | Delta::Reasoning(text) | Delta::Arguments(text)) = delta else {
            return Ok(());
        };
        let mut ends = (0..=self.left.min(text.len())).rev();
        let kept = ends.find_map(|end| text.get(..end)).unwrap_or_default();
        let is_whole = kept.len() == text.len();
        self.left -= kept.len();
        let kept = Cow::Borrowed(kept);
        let delta = match delta {
            Delta::Text(_) => Delta::Text(kept),
            Delta::Reasoning(_) => Delta::Reasoning(kept),
            _ => Delta::Arguments(kept),
        };
        self.said.event(Event::Delta { index, delta })?;
        match self.said.choice_of(index) {
            Some(choice) if !is_whole => self.end(choice),
            _ => Ok(()),
        }
    }

    /// Nothing more is gathered, and the answer says so where it is cut.
    fn end(&mut self, choice: u32) -> Result<(), CodecError> {
        self.is_full = true;
        let dialect = LlmDialect::Other("opentelemetry");
        self.said.event(Event::BlockStart {
            index: 0,
            choice,
            block: BlockKind::Other(Sidecar::new(dialect, TRUNCATED, "")),
        })
    }
}

impl EventSink for Gather {
    fn event(&mut self, event: Event<'_>) -> Result<(), CodecError> {
        match event {
            Event::Stop { choice, .. } => {
                self.stopped.push(choice);
                self.said.event(event)
            }
            _ if self.is_full => Ok(()),
            Event::BlockStart {
                index,
                choice,
                block,
            } => self.begin(index, choice, block),
            Event::Delta { index, delta } => self.go_on(index, &delta),
            _ => Ok(()),
        }
    }
}
