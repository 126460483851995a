use agentgateway_core::json::{self, Raw};
use bytes::Bytes;

use super::{
    Shape, ShapeError,
    convert::Conversion,
    error::Side,
    leaf,
    payload::{self, Found, Payload},
    write::Object,
};
use crate::{
    bridge::{Loss, LossReport},
    wire::TaskState,
};

/// Turns the events of one stream into those of v1.0.
///
/// A stream of v1.0 begins with the task, or is one message. One of v0.3 may begin with anything: where an
/// update comes first, a task is said before it, with the ids and the status that the update has; that of
/// an artifact update is `TASK_STATE_WORKING`. `final` of v0.3 is left out: that the stream ends says it.
///
/// What comes behind a first message passes, and is told as [`Loss::EventOrder`]. Events of a kind that is not
/// known are left out ([`Loss::UnknownEvent`]).
///
/// # Source
/// A2A v1.0, sections 3.1.2 and 3.1.6 (streaming); A2A v0.3, section 7.2.
#[derive(Clone, Debug)]
pub struct EventsToV1 {
    from: Shape,
    begun: Begun,
    loss: LossReport,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begun {
    Not,
    WithTask,
    WithMessage,
}

/// Turns the events of one stream of v1.0 into those of another shape.
///
/// A status update of v0.3 says whether it is the last event. It is one when its state is terminal. When the
/// task waits for its client (`input-required`, `auth-required`), a stream of v0.3 ends and one of v1.0 may:
/// such an update is held back until the next event ([`event`](Self::event), which says that it was not the
/// last one) or until the end ([`finish`](Self::finish), which says that it was). A caller whose stream
/// stays quiet must not let the client wait: [`flush`](Self::flush).
///
/// # Source
/// A2A v0.3, section 7.2.2 (`TaskStatusUpdateEvent`); A2A v1.0, section 3.1.2.
#[derive(Clone, Debug)]
pub struct EventsFromV1 {
    to: Shape,
    held: Option<Held>,
    loss: LossReport,
}

/// An update that may be the last one.
#[derive(Clone, Debug)]
struct Held {
    if_last: Bytes,
    if_not: Bytes,
}

// === impl EventsToV1 ===

impl EventsToV1 {
    /// Starts before the first event.
    #[must_use]
    pub const fn new(from: Shape) -> Self {
        Self {
            from,
            begun: Begun::Not,
            loss: LossReport::new(),
        }
    }

    /// Turns one event: none, one, or two of them.
    ///
    /// # Errors
    /// [`ShapeError`], of the agent's side, when it is no event. The stream may go on.
    pub fn event(&mut self, event: &[u8]) -> Result<Vec<Bytes>, ShapeError> {
        if self.from == Shape::V1_0 {
            return Ok(vec![Bytes::copy_from_slice(event)]);
        }
        let mut conversion = Conversion {
            from: self.from,
            to: Shape::V1_0,
            side: Side::Answer,
            loss: &mut self.loss,
        };
        let raw = conversion.parse("event", event)?;
        let Some(found) = payload::read(&mut conversion, "event", raw)? else {
            self.loss.add(Loss::UnknownEvent);
            return Ok(Vec::new());
        };
        let mut out = String::with_capacity(event.len().saturating_add(64));
        found.write(&mut conversion, &[], &mut out)?;
        let mut events = Vec::with_capacity(2);
        match (self.begun, found.payload) {
            (Begun::Not, Payload::Task) => self.begun = Begun::WithTask,
            (Begun::Not, Payload::Message) => self.begun = Begun::WithMessage,
            (Begun::Not, update) => {
                events.push(first_task(&conversion, update, &out)?);
                self.begun = Begun::WithTask;
            }
            (Begun::WithMessage, _) => self.loss.add(Loss::EventOrder),
            (Begun::WithTask, _) => {}
        }
        events.push(out.into());
        Ok(events)
    }

    /// Ends the stream: nothing is owed.
    #[must_use]
    pub const fn finish(self) -> Vec<Bytes> {
        Vec::new()
    }

    /// What was lost so far.
    #[must_use]
    pub const fn loss(&self) -> LossReport {
        self.loss
    }
}

/// The task that an update of v1.0 is of.
fn first_task(
    conversion: &Conversion<'_>,
    payload: Payload,
    event: &str,
) -> Result<Bytes, ShapeError> {
    let event = conversion.parse("event", event.as_bytes())?;
    let members = json::members_of(event, ["statusUpdate", "artifactUpdate"]);
    let update = members
        .ok()
        .and_then(|[status, artifact]| status.or(artifact))
        .unwrap_or(event);
    let task = payload::snapshot(conversion, payload, update, false)?;
    let mut out = String::with_capacity(task.len().saturating_add(16));
    Object::open_with("task", &task, &mut out);
    Ok(out.into())
}

// === impl EventsFromV1 ===

impl EventsFromV1 {
    /// Starts before the first event.
    #[must_use]
    pub const fn new(to: Shape) -> Self {
        Self {
            to,
            held: None,
            loss: LossReport::new(),
        }
    }

    /// Turns one event: none, one, or two of them.
    ///
    /// # Errors
    /// [`ShapeError`], of the agent's side, when it is no event. What was held back stays so.
    pub fn event(&mut self, event: &[u8]) -> Result<Vec<Bytes>, ShapeError> {
        if self.to == Shape::V1_0 {
            return Ok(vec![Bytes::copy_from_slice(event)]);
        }
        let mut conversion = Conversion {
            from: Shape::V1_0,
            to: self.to,
            side: Side::Answer,
            loss: &mut self.loss,
        };
        let raw = conversion.parse("event", event)?;
        let Some(found) = payload::read(&mut conversion, "event", raw)? else {
            self.loss.add(Loss::UnknownEvent);
            return Ok(Vec::new());
        };
        let state = match found.payload {
            Payload::StatusUpdate => state_of(found.value),
            _ => None,
        };
        let mut say = |is_last: Option<bool>| said(&found, &mut conversion, is_last);
        let mut events = Vec::with_capacity(2);
        let mut held = None;
        match (found.payload, state) {
            (Payload::StatusUpdate, Some(state)) if state.is_interrupted() => {
                held = Some(Held {
                    if_last: say(Some(true))?,
                    if_not: say(Some(false))?,
                });
            }
            (Payload::StatusUpdate, state) => {
                events.push(say(Some(state.is_some_and(TaskState::is_terminal)))?);
            }
            _ => events.push(say(None)?),
        }
        if let Some(before) = self.flush() {
            events.insert(0, before);
        }
        self.held = held;
        Ok(events)
    }

    /// Whether an update is held back.
    #[must_use]
    pub const fn is_holding(&self) -> bool {
        self.held.is_some()
    }

    /// Gives up what is held back, as an update that is not the last event.
    pub fn flush(&mut self) -> Option<Bytes> {
        self.held.take().map(|held| held.if_not)
    }

    /// Ends the stream: an update that was held back is the last event.
    ///
    /// Of a stream that breaks off, not ends, [`flush`](Self::flush) is the truth.
    #[must_use]
    pub fn finish(self) -> Vec<Bytes> {
        self.held.map(|held| held.if_last).into_iter().collect()
    }

    /// What was lost so far.
    #[must_use]
    pub const fn loss(&self) -> LossReport {
        self.loss
    }
}

fn said(
    found: &Found<'_>,
    conversion: &mut Conversion<'_>,
    is_last: Option<bool>,
) -> Result<Bytes, ShapeError> {
    let last = is_last.map(|is_last| ("final", is_last.to_string()));
    let mut out = String::with_capacity(found.value.get().len().saturating_add(64));
    found.write(conversion, last.as_slice(), &mut out)?;
    Ok(out.into())
}

/// The state that an update of v1.0 tells.
fn state_of(update: Raw<'_>) -> Option<TaskState> {
    let [status] = json::members_of(update, ["status"]).ok()?;
    let [state] = json::members_of(status?, ["state"]).ok()?;
    let name = leaf::state(state?, Shape::V1_0, &mut LossReport::new())?;
    TaskState::parse(name)
}
