use std::{error::Error as StdError, fmt};

use super::{BlockKind, Delta, Event};

/// Checks that events come in the [order that encoders rely on](super).
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    started: bool,
    over: bool,
    blocks: u32,
    open: Vec<Open>,
    stopped: Vec<u32>,
    seen: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    index: u32,
    choice: u32,
    takes: Takes,
}

/// Which deltas a block takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Text,
    Reasoning,
    Arguments,
    Nothing,
}

/// Which rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokenGrammar(&'static str);

// === impl Grammar ===

impl Grammar {
    /// At the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the next event.
    ///
    /// # Errors
    /// It may not come here.
    pub fn check(&mut self, event: &Event<'_>) -> Result<(), BrokenGrammar> {
        rule(!self.over, "something follows the end")?;
        match event {
            Event::Ping => return Ok(()),
            Event::Fault(_) => {
                self.over = true;
                return Ok(());
            }
            Event::Start(_) => {
                rule(!self.started, "a second start")?;
                self.started = true;
                return Ok(());
            }
            _ => rule(self.started, "something before the start")?,
        }
        match event {
            Event::BlockStart {
                index,
                choice,
                block,
            } => self.begin(*index, *choice, block),
            Event::Delta { index, delta } => self.delta(*index, delta),
            Event::BlockStop { index } => self.end_block(*index),
            Event::Stop { choice, .. } => self.stop(*choice),
            Event::End => self.end(),
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        index: u32,
        choice: u32,
        block: &BlockKind<'_>,
    ) -> Result<(), BrokenGrammar> {
        rule(
            index == self.blocks,
            "the indexes of blocks do not rise by one",
        )?;
        rule(
            self.open.iter().all(|open| open.choice != choice),
            "a block starts while another of its choice is open",
        )?;
        rule(
            !self.stopped.contains(&choice),
            "a block behind its choice's stop",
        )?;
        self.blocks = self.blocks.saturating_add(1);
        if !self.seen.contains(&choice) {
            self.seen.push(choice);
        }
        let takes = match block {
            BlockKind::Text | BlockKind::Refusal => Takes::Text,
            BlockKind::Reasoning { redacted: None, .. } => Takes::Reasoning,
            BlockKind::ToolCall { id, .. } => {
                rule(!id.is_empty(), "a call without an id")?;
                Takes::Arguments
            }
            BlockKind::Reasoning { .. } | BlockKind::Other(_) => Takes::Nothing,
        };
        self.open.push(Open {
            index,
            choice,
            takes,
        });
        Ok(())
    }

    fn delta(&self, index: u32, delta: &Delta<'_>) -> Result<(), BrokenGrammar> {
        let open = self.open.iter().find(|open| open.index == index);
        let open = open.ok_or(BrokenGrammar("a delta of a block that is not open"))?;
        let fits = match delta {
            Delta::Text(_) => open.takes == Takes::Text,
            Delta::Reasoning(_) | Delta::State(_) => open.takes == Takes::Reasoning,
            Delta::Arguments(_) => open.takes == Takes::Arguments,
            Delta::Other(_) => true,
        };
        rule(fits, "a delta of another kind than its block")
    }

    fn end_block(&mut self, index: u32) -> Result<(), BrokenGrammar> {
        let at = self.open.iter().position(|open| open.index == index);
        let at = at.ok_or(BrokenGrammar("the stop of a block that is not open"))?;
        self.open.remove(at);
        Ok(())
    }

    fn stop(&mut self, choice: u32) -> Result<(), BrokenGrammar> {
        rule(!self.stopped.contains(&choice), "a second stop of a choice")?;
        rule(
            self.open.iter().all(|open| open.choice != choice),
            "the stop of a choice with an open block",
        )?;
        self.stopped.push(choice);
        Ok(())
    }

    fn end(&mut self) -> Result<(), BrokenGrammar> {
        rule(self.open.is_empty(), "the end with an open block")?;
        rule(!self.stopped.is_empty(), "the end without a stop")?;
        let all = self.seen.iter().all(|choice| self.stopped.contains(choice));
        rule(all, "the end of a choice without its stop")?;
        self.over = true;
        Ok(())
    }
}

fn rule(holds: bool, broken: &'static str) -> Result<(), BrokenGrammar> {
    if holds {
        Ok(())
    } else {
        Err(BrokenGrammar(broken))
    }
}

impl fmt::Display for BrokenGrammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for BrokenGrammar {}
