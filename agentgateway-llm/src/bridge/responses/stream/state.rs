use std::borrow::Cow;

use agentgateway_core::json::{self, Raw, elements, members, members_of};

use super::{
    super::{
        super::{
            DecodeContext,
            form::Block,
            stream::{CodecError, Event, EventSink, Start},
        },
        fault,
        response::{Head, stop_of},
    },
    fields::{Fields, unreadable},
    items::Items,
};

/// What a stream has told so far.
#[derive(Debug)]
pub(super) struct State {
    pub(super) context: DecodeContext,
    pub(super) items: Items,
    pub(super) open: Option<Open>,
    /// The index of the next block.
    pub(super) next: u32,
    /// The state of a call that has not begun.
    pub(super) carried: Option<Block>,
    pub(super) has_called: bool,
    is_started: bool,
    is_over: bool,
}

/// The block that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// The item's place, and its index.
    pub(super) place: usize,
    pub(super) at: u64,
    pub(super) part: u64,
    pub(super) kind: Kind,
    pub(super) index: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Refusal,
    Reasoning,
    Call,
}

// === impl State ===

impl State {
    pub(super) fn new(context: DecodeContext) -> Self {
        Self {
            context,
            items: Items::default(),
            open: None,
            next: 0,
            carried: None,
            has_called: false,
            is_started: false,
            is_over: false,
        }
    }

    /// The end marker was seen, or an error.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// The item of the call that is open.
    pub(super) fn calling(&self) -> Option<u64> {
        let call = self.open.filter(|open| open.kind == Kind::Call);
        call.map(|open| open.at)
    }

    pub(super) fn is_calling(&self) -> bool {
        self.calling().is_some()
    }

    /// Whether the event tells something of an item.
    pub(super) fn is_known(name: &str) -> bool {
        matches!(
            name,
            "response.output_text.delta"
                | "response.output_text.done"
                | "response.output_text.annotation.added"
                | "response.refusal.delta"
                | "response.refusal.done"
                | "response.reasoning_text.delta"
                | "response.reasoning_text.done"
                | "response.reasoning_summary_text.delta"
                | "response.reasoning_summary_text.done"
                | "response.content_part.done"
                | "response.function_call_arguments.delta"
                | "response.function_call_arguments.done"
                | "response.custom_tool_call_input.delta"
                | "response.custom_tool_call_input.done"
                | "response.output_item.added"
                | "response.output_item.done"
        )
    }

    pub(super) fn handle(
        &mut self,
        name: &str,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        if Self::is_known(name) {
            return self.item(name, &Fields::read(data)?, out);
        }
        match name {
            "response.created" | "response.in_progress" | "response.queued" => {
                if self.is_started {
                    return out.event(Event::Ping);
                }
                self.start(&head(response(data)?)?, out)
            }
            "response.completed" | "response.incomplete" => self.end(name, response(data)?, out),
            "response.failed" => {
                let head = head(response(data)?)?;
                if self.is_started && !head.usage.is_empty() {
                    out.event(Event::Usage(head.usage))?;
                }
                self.is_over = true;
                out.event(Event::Fault(fault::of_failure(head.error)))
            }
            "error" => {
                let event = Raw::parse(data).map_err(|_| unreadable())?;
                self.is_over = true;
                out.event(Event::Fault(fault::of_event(event)))
            }
            "keepalive" | "ping" => out.event(Event::Ping),
            // How a tool of the provider's gets on: its item comes whole.
            _ => Ok(()),
        }
    }

    /// Handles an event that [tells something of an item](Self::is_known).
    pub(super) fn item(
        &mut self,
        name: &str,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        self.start(&Head::default(), out)?;
        self.item_event(name, fields, out)
    }

    fn item_event(
        &mut self,
        name: &str,
        fields: &Fields<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        match name {
            "response.output_text.delta" => self.text_delta(Kind::Text, fields, out),
            "response.refusal.delta" => self.text_delta(Kind::Refusal, fields, out),
            "response.output_text.done" => self.text_done(Kind::Text, fields, out),
            "response.refusal.done" => self.text_done(Kind::Refusal, fields, out),
            "response.output_text.annotation.added" => self.annotation(fields, out),
            "response.reasoning_text.delta" => self.thought(false, fields.delta()?, fields, out),
            "response.reasoning_summary_text.delta" => {
                self.thought(true, fields.delta()?, fields, out)
            }
            "response.reasoning_text.done" => self.thought_done(false, fields, out),
            "response.reasoning_summary_text.done" => self.thought_done(true, fields, out),
            "response.content_part.done" => self.part_done(fields, out),
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                self.arguments(fields, out)
            }
            "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
                self.arguments_done(fields, out)
            }
            "response.output_item.added" => self.item_added(fields, out),
            _ => match fields.item {
                Some(item) => self.item_done(fields.at, item, out),
                None => Err(CodecError::malformed("the end of no item")),
            },
        }
    }

    fn start(&mut self, head: &Head<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if self.is_started {
            return Ok(());
        }
        self.is_started = true;
        out.event(Event::Start(Start {
            id: Cow::Borrowed(&head.id),
            model: Cow::Borrowed(&head.model),
            created: head.created,
        }))
    }

    fn end(
        &mut self,
        name: &str,
        response: Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let head = head(response)?;
        self.start(&head, out)?;
        // Items whose end was not told, or that were not told at all.
        let mut missing = Vec::new();
        let mut at = 0;
        if let Some(output) = head.output {
            elements(output, |item| {
                missing.push((at, item));
                at += 1;
            })
            .map_err(|_| unreadable())?;
        }
        for (at, item) in missing {
            let [id] = members_of(item, ["id"]).map_err(|_| unreadable())?;
            let id = id.and_then(json::string).unwrap_or_default();
            if !self.items.is_done(&id) {
                self.item_done(Some(at), item, out)?;
            }
        }
        self.flush(out)?;
        self.close(out)?;
        if !head.usage.is_empty() {
            out.event(Event::Usage(head.usage))?;
        }
        let status = match name {
            "response.incomplete" => "incomplete",
            _ => "completed",
        };
        let reason = stop_of(Some(status), head.reason.as_deref(), self.has_called);
        out.event(Event::Stop {
            choice: 0,
            reason: reason.unwrap_or_default(),
        })?;
        self.is_over = true;
        out.event(Event::End)
    }
}

/// The response object of an event of its life.
fn response(data: &[u8]) -> Result<Raw<'_>, CodecError> {
    let [response] = members(data, ["response"]).map_err(|_| unreadable())?;
    response.ok_or(CodecError::malformed("an event without its response"))
}

fn head(response: Raw<'_>) -> Result<Head<'_>, CodecError> {
    Ok(Head::read(response)?)
}
