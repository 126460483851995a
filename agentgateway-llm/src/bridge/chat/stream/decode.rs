//! Reading a provider's stream.

use agentgateway_core::{json, sse::SseEvent};

use super::{
    super::{
        super::{
            DecodeContext, Fault,
            form::StopReason,
            stream::{CodecError, Event, EventSink, SseReader, Start, StreamDecoder},
        },
        calls::Calls,
        fault::{fault_in, fault_of, is_told},
    },
    choice::{Choice, Emit},
    chunk::{Chunk, each, unreadable},
};
use crate::{LlmDialect, LlmUsage, wire::Counts};

/// As many as a client may ask for.
const MAX_CHOICES: usize = 128;

/// Reads chunks until `[DONE]`.
///
/// A stop is told with the end marker alone: some servers send content behind a `finish_reason`, or two of them.
#[derive(Debug)]
pub(in super::super) struct Decoder {
    reader: SseReader,
    machine: Machine,
}

#[derive(Debug)]
struct Machine {
    context: DecodeContext,
    calls: Option<Calls>,
    counts: Counts,
    told: Option<LlmUsage>,
    choices: Vec<Choice>,
    next_index: u32,
    started: bool,
    /// The end marker or a fault was told.
    over: bool,
}

// === impl Decoder ===

impl Decoder {
    pub(in super::super) fn new(context: &DecodeContext) -> Self {
        Self {
            reader: SseReader::new(),
            machine: Machine {
                context: context.clone(),
                calls: None,
                counts: Counts::default(),
                told: None,
                choices: Vec::new(),
                next_index: 0,
                started: false,
                over: false,
            },
        }
    }
}

impl StreamDecoder for Decoder {
    fn feed(&mut self, chunk: &[u8], out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Self { reader, machine } = self;
        reader.feed(chunk, |event| machine.event(event, out))
    }

    fn finish(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Self { reader, machine } = self;
        let last = reader.finish(|event| machine.event(event, out));
        match last {
            _ if machine.over => Ok(()),
            // Half an event is what a cut leaves.
            Ok(()) | Err(CodecError::Malformed(_)) => Err(CodecError::Truncated),
            Err(error) => Err(error),
        }
    }
}

// === impl Machine ===

impl Machine {
    fn event(&mut self, event: &SseEvent<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let data = event.data().trim_ascii();
        // vLLM's `[DONE]` behind an error is none.
        if self.over || data.is_empty() {
            return Ok(());
        }
        // The official SDKs stop at any data that starts so.
        if data.starts_with(b"[DONE]") {
            return self.end(out);
        }
        if event.event() == "error" {
            return self.fail(named_fault(data), out);
        }
        let chunk = Chunk::read(data)?;
        if let Some(error) = chunk.error.filter(|error| is_told(*error)) {
            return self.fail(fault_of(error), out);
        }
        if chunk.choices.is_none() && chunk.usage.is_none() {
            if let Some(fault) = fault_in(data) {
                return self.fail(fault, out);
            }
        }
        self.chunk(&chunk, out)
    }

    fn fail(&mut self, fault: Fault, out: &mut dyn EventSink) -> Result<(), CodecError> {
        self.over = true;
        out.event(Event::Fault(fault))
    }

    fn chunk(&mut self, chunk: &Chunk<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let mut fault = None;
        if let Some(choices) = chunk.choices {
            each(choices, |raw| {
                if fault.is_some() {
                    return Ok(());
                }
                self.start(chunk, out)?;
                fault = self.choice(raw, out)?;
                Ok(())
            })?;
        }
        if let Some(fault) = fault {
            return self.fail(fault, out);
        }
        // Azure begins with a chunk that names neither answer nor model.
        if !self.started && !chunk.id().is_empty() {
            self.start(chunk, out)?;
        }
        self.usage(chunk, out)
    }

    fn start(&mut self, chunk: &Chunk<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if std::mem::replace(&mut self.started, true) {
            return Ok(());
        }
        let id = chunk.id();
        self.calls = Some(Calls::of_answer(&id));
        let created = chunk.created.and_then(json::unsigned);
        out.event(Event::Start(Start {
            id,
            model: chunk.model.and_then(json::string).unwrap_or_default(),
            created: created.filter(|created| *created > 0),
        }))
    }

    fn choice(
        &mut self,
        raw: json::Raw<'_>,
        out: &mut dyn EventSink,
    ) -> Result<Option<Fault>, CodecError> {
        let names = [
            "index",
            "delta",
            "finish_reason",
            "logprobs",
            "stop_reason",
            "error",
        ];
        let [index, delta, reason, logprobs, sequence, error] =
            json::members_of(raw, names).map_err(unreadable)?;
        if let Some(error) = error.filter(|error| is_told(*error)) {
            return Ok(Some(fault_of(error)));
        }
        let number = index.and_then(json::unsigned).unwrap_or(0);
        let Some(number) = u32::try_from(number)
            .ok()
            .filter(|number| (*number as usize) < MAX_CHOICES)
        else {
            return Err(CodecError::malformed("it has too many choices"));
        };
        let at = self
            .choices
            .iter()
            .position(|choice| choice.number == number);
        let at = at.unwrap_or_else(|| {
            self.choices.push(Choice::new(number));
            self.choices.len() - 1
        });
        let calls = self.calls.get_or_insert_with(|| Calls::of_answer(""));
        let Some(choice) = self.choices.get_mut(at) else {
            return Ok(None);
        };
        let mut to = Emit {
            next_index: &mut self.next_index,
            context: &self.context,
            out,
        };
        if let Some(delta) = delta.filter(|delta| !json::is_null(*delta)) {
            choice.delta(delta, calls, &mut to)?;
        }
        if let Some(logprobs) = logprobs.filter(|raw| !json::is_null(*raw)) {
            choice.note("logprobs", logprobs, &mut to)?;
        }
        if let Some(reason) = reason.and_then(json::string) {
            let sequence = sequence.and_then(json::string);
            choice.finish(&reason, sequence.as_deref(), &mut to)?;
        }
        Ok(None)
    }

    fn usage(&mut self, chunk: &Chunk<'_>, out: &mut dyn EventSink) -> Result<(), CodecError> {
        let Some(usage) = chunk.usage.filter(|usage| !json::is_null(*usage)) else {
            return Ok(());
        };
        self.counts.chat(usage);
        let known = self.counts.usage(LlmDialect::OpenAiChat);
        match known {
            Some(usage) if known != self.told => {
                self.start(chunk, out)?;
                self.told = known;
                out.event(Event::Usage(usage))
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, out: &mut dyn EventSink) -> Result<(), CodecError> {
        if !self.started {
            return Err(CodecError::malformed("it ends before it begins"));
        }
        self.over = true;
        let is_behind = |choice: &Choice| choice.number as usize >= self.choices.len();
        if self.choices.iter().any(is_behind) {
            return Err(CodecError::malformed("a choice has not come at all"));
        }
        for choice in &mut self.choices {
            let mut to = Emit {
                next_index: &mut self.next_index,
                context: &self.context,
                out: &mut *out,
            };
            choice.end(&mut to)?;
        }
        for choice in &self.choices {
            out.event(Event::Stop {
                choice: choice.number,
                reason: choice.reason(),
            })?;
        }
        if self.choices.is_empty() {
            let reason = StopReason::EndTurn;
            out.event(Event::Stop { choice: 0, reason })?;
        }
        out.event(Event::End)
    }
}

/// What an event of the name `error` says, whatever its data is (Groq).
fn named_fault(data: &[u8]) -> Fault {
    fault_in(data).unwrap_or_else(|| match json::Raw::parse(data) {
        Ok(raw) => fault_of(raw),
        Err(_) => {
            let text = String::from_utf8_lossy(data.get(..1000).unwrap_or(data));
            Fault::new(agentgateway_core::ErrorKind::BadAnswer, text)
        }
    })
}
