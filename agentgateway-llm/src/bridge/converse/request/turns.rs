use bytes::BytesMut;

use super::super::{
    super::{
        Loss, LossReport,
        form::{Block, Content, Request, Role},
    },
    content::{Side, Writer},
    json::{Elements, Members},
};

/// The conversation, with its blocks written.
#[derive(Debug, Default)]
pub(super) struct Turns {
    system: BytesMut,
    messages: Vec<Message>,
    /// There is a call or a result.
    pub(super) has_calls: bool,
}

/// Turns of one role that follow each other.
#[derive(Debug)]
struct Message {
    role: Role,
    /// Results of tools come first.
    results: BytesMut,
    rest: BytesMut,
}

// === impl Turns ===

impl Turns {
    pub(super) fn of(request: &Request, side: Side, losses: &mut LossReport) -> Self {
        let mut turns = Self::default();
        let mut writer = Writer::new(side, losses);
        turns.instruct(&request.system, &mut writer);
        for turn in &request.turns {
            if turn.role == Role::System {
                writer.losses.add(Loss::SystemTurn);
                turns.instruct(&turn.blocks, &mut writer);
            } else {
                turns.add(turn.role, &turn.blocks, &mut writer);
            }
        }
        turns
    }

    fn instruct(&mut self, blocks: &[Block], writer: &mut Writer<'_>) {
        for block in blocks {
            writer.write(&mut Elements::within(&mut self.system), Role::System, block);
        }
    }

    fn add(&mut self, role: Role, blocks: &[Block], writer: &mut Writer<'_>) {
        let mut message = match self.messages.pop() {
            Some(last) if last.role == role => last,
            last => {
                self.messages.extend(last);
                Message {
                    role,
                    results: BytesMut::new(),
                    rest: BytesMut::new(),
                }
            }
        };
        for block in blocks {
            let is_result = matches!(block.content, Content::ToolResult(_));
            self.has_calls |= is_result || matches!(block.content, Content::ToolCall(_));
            let place = if is_result {
                &mut message.results
            } else {
                &mut message.rest
            };
            writer.write(&mut Elements::within(place), role, block);
        }
        if !(message.results.is_empty() && message.rest.is_empty()) {
            self.messages.push(message);
        }
    }

    pub(super) fn write(&self, out: &mut Members<'_>) {
        if !self.system.is_empty() {
            out.array("system", |system| system.written(&self.system));
        }
        out.array("messages", |messages| {
            for message in &self.messages {
                messages.object(|out| {
                    let is_user = message.role == Role::User;
                    out.string("role", if is_user { "user" } else { "assistant" });
                    out.array("content", |content| {
                        for part in [&message.results, &message.rest] {
                            if !part.is_empty() {
                                content.written(part);
                            }
                        }
                    });
                });
            }
        });
    }
}
