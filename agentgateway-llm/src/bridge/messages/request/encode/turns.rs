use std::ops::Range;

use bytes::BytesMut;

use super::{
    super::super::{
        super::{
            Loss, LossReport,
            form::{Block, Content, Request, Role},
        },
        json::{self, Elements, Members},
    },
    blocks,
};

/// All that is said, written block by block: what has no place is known before its turn begins.
#[derive(Debug, Default)]
pub(super) struct Turns {
    written: BytesMut,
    system: Vec<Range<usize>>,
    turns: Vec<Said>,
}

/// Turns of one role that follow each other.
#[derive(Debug)]
struct Said {
    role: Role,
    /// These come first: text before them is a 400.
    results: Vec<Range<usize>>,
    others: Vec<Range<usize>>,
}

// === impl Turns ===

impl Turns {
    pub(super) fn of(request: &Request, losses: &mut LossReport) -> Self {
        let mut turns = Self::default();
        for block in &request.system {
            turns.instruct(block, losses);
        }
        // The end of what the model is to go on with must not be white space.
        let last = request.turns.last();
        let last = last.filter(|turn| turn.role == Role::Assistant);
        let last = last.and_then(|turn| turn.blocks.last());
        for turn in &request.turns {
            if turn.role == Role::System && !turns.turns.is_empty() {
                losses.add(Loss::SystemTurn);
            }
            for block in &turn.blocks {
                if turn.role == Role::System {
                    turns.instruct(block, losses);
                } else if let Some(text) = last.filter(|last| std::ptr::eq(*last, block)) {
                    let text = trimmed(text);
                    turns.say(turn.role, &text, losses);
                } else {
                    turns.say(turn.role, block, losses);
                }
            }
        }
        turns
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    fn instruct(&mut self, block: &Block, losses: &mut LossReport) {
        if let Some(range) = self.block(Role::System, block, losses) {
            self.system.push(range);
        }
    }

    fn say(&mut self, role: Role, block: &Block, losses: &mut LossReport) {
        let Some(range) = self.block(role, block, losses) else {
            return;
        };
        if self.turns.last().is_none_or(|last| last.role != role) {
            self.turns.push(Said {
                role,
                results: Vec::new(),
                others: Vec::new(),
            });
        }
        if let Some(said) = self.turns.last_mut() {
            match block.content {
                Content::ToolResult(_) => said.results.push(range),
                _ => said.others.push(range),
            }
        }
    }

    /// Writes a block; `None` when it has no place.
    fn block(
        &mut self,
        role: Role,
        block: &Block,
        losses: &mut LossReport,
    ) -> Option<Range<usize>> {
        let start = self.written.len();
        let mut wrote = false;
        json::object(&mut self.written, |out| {
            wrote = blocks::write(out, role, block, losses);
        });
        if !wrote {
            self.written.truncate(start);
        }
        wrote.then_some(start..self.written.len())
    }

    /// Writes `system` and `messages`.
    pub(super) fn write(&self, out: &mut Members<'_>) {
        if !self.system.is_empty() {
            out.array("system", |blocks| self.copy(&self.system, blocks));
        }
        out.array("messages", |messages| {
            for said in &self.turns {
                messages.object(|message| {
                    let user = said.role == Role::User;
                    message.string("role", if user { "user" } else { "assistant" });
                    message.array("content", |blocks| {
                        self.copy(&said.results, blocks);
                        self.copy(&said.others, blocks);
                    });
                });
            }
        });
    }

    fn copy(&self, ranges: &[Range<usize>], blocks: &mut Elements<'_>) {
        for range in ranges {
            if let Some(block) = self.written.get(range.clone()) {
                blocks.written(block);
            }
        }
    }
}

fn trimmed(block: &Block) -> Block {
    let mut block = block.clone();
    if let Content::Text(text) = &mut block.content {
        text.truncate(text.trim_end().len());
    }
    block
}
