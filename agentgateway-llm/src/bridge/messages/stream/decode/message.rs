//! The message itself.

use agentgateway_core::json::{self, Raw, members, members_of};

use super::{
    super::super::{
        super::{
            form::{Choice, Response, StopReason},
            read::Object,
            stream::{BlockKind, CodecError, Event, EventSink, Start, replay},
        },
        DIALECT,
        response::{content, read_stop},
    },
    Reading, malformed,
};

// === impl Reading ===

impl Reading {
    pub(super) fn message_start(
        &mut self,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        let [message] = members(data, ["message"]).map_err(|error| malformed(&error))?;
        let message = message.ok_or(CodecError::malformed("the start of no message"))?;
        let mut message = Object::of(message, "message")?;
        let id = message.take_str("id")?.unwrap_or_default();
        if let Some(known) = &self.id {
            // Some relays say it twice. Another message in the same stream is another attempt of theirs, and its
            // signatures would stand beside those of the first.
            return if *known == id {
                Ok(())
            } else {
                Err(CodecError::malformed("another message begins within it"))
            };
        }
        self.id = Some(id.clone().into_owned());
        out.event(Event::Start(Start {
            id,
            model: message.take_str("model")?.unwrap_or_default(),
            created: None,
        }))?;
        self.usage(message.take("usage"), out)?;
        if let Some(raw) = message.take("content") {
            self.begun(raw, out)?;
        }
        self.stop_of(
            message.take("stop_reason"),
            message.take("stop_sequence"),
            message.take("stop_details"),
        )
    }

    /// Blocks that the message begins with: whole ones, where it goes on from what was said before.
    fn begun(&mut self, raw: Raw<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let blocks = content(&self.context, raw)?;
        let mut response = Response::default();
        response.choices.push(Choice {
            blocks,
            ..Choice::default()
        });
        replay(&response, &mut |event: Event<'_>| match event {
            Event::BlockStart { ref block, .. } => {
                self.has_calls |= matches!(block, BlockKind::ToolCall { .. });
                self.next = self.next.saturating_add(1);
                out.event(event)
            }
            Event::Delta { .. } | Event::BlockStop { .. } => out.event(event),
            _ => Ok(()),
        })
    }

    pub(super) fn message_delta(
        &mut self,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        self.require_start()?;
        let [delta, usage] = members(data, ["delta", "usage"]).map_err(|e| malformed(&e))?;
        self.usage(usage, out)?;
        let Some(delta) = said(delta) else {
            return Ok(());
        };
        let keys = ["stop_reason", "stop_sequence", "stop_details"];
        let [reason, sequence, details] =
            members_of(delta, keys).map_err(|error| malformed(&error))?;
        self.stop_of(reason, sequence, details)
    }

    fn stop_of(
        &mut self,
        reason: Option<Raw<'_>>,
        sequence: Option<Raw<'_>>,
        details: Option<Raw<'_>>,
    ) -> Result<(), CodecError> {
        if let Some(reason) = said(reason) {
            let (stop, _) = read_stop(Some(reason), said(sequence), details)?;
            self.stop = Some(stop);
        }
        Ok(())
    }

    fn usage(&mut self, usage: Option<Raw<'_>>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Some(usage) = said(usage) else {
            return Ok(());
        };
        self.counts.anthropic(usage);
        match self.counts.usage(DIALECT) {
            Some(usage) => out.event(Event::Usage(usage)),
            None => Ok(()),
        }
    }

    pub(super) fn message_stop(
        &mut self,
        data: &[u8],
        out: &mut dyn EventSink,
    ) -> Result<(), CodecError> {
        Raw::parse(data).map_err(|error| malformed(&error))?;
        self.require_start()?;
        self.close(out)?;
        let reason = match self.stop.take() {
            Some(reason) => reason,
            // Not every backend says it.
            None if self.has_calls => StopReason::ToolUse,
            None => StopReason::EndTurn,
        };
        self.over = true;
        out.event(Event::Stop { choice: 0, reason })?;
        out.event(Event::End)
    }
}

fn said(raw: Option<Raw<'_>>) -> Option<Raw<'_>> {
    raw.filter(|raw| !json::is_null(*raw))
}
