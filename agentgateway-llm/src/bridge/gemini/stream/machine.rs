use std::borrow::Cow;

use agentgateway_core::json::{self, Raw};

use super::{
    super::{
        super::{
            codec::DecodeContext,
            form::StopReason,
            stream::{CodecError, Event, Start},
        },
        fault,
        names::Calls,
        stop,
    },
    choice::{Blocks, Choice, Kind, Out},
    chunk::{Candidate, Chunk, told, unreadable},
    teller::Teller,
};
use crate::{LlmDialect, LlmUsage, wire::Counts};

/// The most candidates that are told apart.
const MAX_CHOICES: u64 = 128;

/// Makes events of chunks.
#[derive(Debug)]
pub(super) struct Machine {
    context: DecodeContext,
    /// The answer has begun: the calls in it.
    calls: Option<Calls>,
    failed: bool,
    counts: Counts,
    usage: Option<LlmUsage>,
    blocked: Option<String>,
    blocks: Blocks,
    choices: Vec<Choice>,
}

// === impl Machine ===

impl Machine {
    pub(super) fn new(context: DecodeContext) -> Self {
        Self {
            context,
            calls: None,
            failed: false,
            counts: Counts::default(),
            usage: None,
            blocked: None,
            blocks: Blocks::default(),
            choices: Vec::new(),
        }
    }

    /// Reads a chunk.
    pub(super) fn chunk(&mut self, raw: Raw<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
        if self.failed {
            return Ok(());
        }
        let chunk = Chunk::of(raw)?;
        if let Some(error) = chunk.error {
            self.failed = true;
            return out.event(Event::Fault(fault::of_error(error, None)));
        }
        if self.calls.is_none() {
            let id = chunk.id.and_then(json::string).unwrap_or_default();
            self.calls = Some(Calls::of_answer(&id));
            out.event(Event::Start(Start {
                id,
                model: chunk.model.and_then(json::string).unwrap_or_default(),
                created: None,
            }))?;
        }
        if let Some(candidates) = chunk.candidates {
            let mut result = Ok(());
            let read = json::elements(candidates, |candidate| {
                if result.is_ok() {
                    result = self.candidate(candidate, out);
                }
            });
            read.map_err(|error| unreadable(&error))?;
            result?;
        }
        if let Some(feedback) = chunk.feedback {
            let [camel, snake] = json::members_of(feedback, ["blockReason", "block_reason"])
                .map_err(|error| unreadable(&error))?;
            let reason = camel.or(snake).and_then(told).and_then(json::string);
            self.blocked = reason.map(Cow::into_owned).or(self.blocked.take());
        }
        if let Some(usage) = chunk.usage {
            self.counts.gemini(usage);
            let usage = self.counts.usage(LlmDialect::Gemini);
            if usage != self.usage {
                self.usage = usage;
                out.event(Event::Usage(usage.unwrap_or_default()))?;
            }
        }
        Ok(())
    }

    /// The body has ended, and nothing of it is missing, or something is.
    pub(super) fn finish(&mut self, complete: bool, out: &mut Out<'_>) -> Result<(), CodecError> {
        if self.failed {
            return Ok(());
        }
        let ended = self.blocked.is_some()
            || (!self.choices.is_empty()
                && self.choices.iter().all(|found| found.reason.is_some()));
        // A candidate that others are counted behind has not come at all.
        let gap = self
            .choices
            .iter()
            .any(|found| usize::try_from(found.index).is_ok_and(|at| at >= self.choices.len()));
        if !complete || !ended || gap {
            return Err(CodecError::Truncated);
        }
        if self.choices.is_empty() {
            self.choices.push(Choice::new(0));
        }
        for choice in &mut self.choices {
            choice.end_call(out)?;
            choice.close(out)?;
            let reason = match (&choice.reason, &self.blocked) {
                (Some(word), _) => stop::of_word(word, choice.called),
                (None, blocked) => StopReason::Filtered(blocked.clone()),
            };
            let choice = choice.index;
            out.event(Event::Stop { choice, reason })?;
        }
        out.event(Event::End)
    }

    fn candidate(&mut self, raw: Raw<'_>, out: &mut Out<'_>) -> Result<(), CodecError> {
        let candidate = Candidate::of(raw)?;
        let at = self.place(candidate.index)?;
        let Self {
            context,
            calls: Some(calls),
            blocks,
            choices,
            ..
        } = self
        else {
            return Ok(());
        };
        let Some(choice) = choices.get_mut(at) else {
            return Ok(());
        };
        // A signature at the end closes the text that notes are about.
        let early = candidate.notes && choice.open.is_some_and(|open| open.kind == Kind::Text);
        if early {
            choice.notes(raw, "candidates.", Candidate::is_known, out)?;
        }
        let mut teller = Teller {
            choice,
            blocks,
            calls,
            context,
        };
        if let Some(parts) = candidate.parts {
            let mut result = Ok(());
            let read = json::elements(parts, |part| {
                if result.is_ok() {
                    result = teller.part(part, out);
                }
            });
            read.map_err(|error| unreadable(&error))?;
            result?;
        }
        if candidate.notes && !early {
            choice.notes(raw, "candidates.", Candidate::is_known, out)?;
        }
        if let Some(reason) = candidate.reason.and_then(json::string) {
            choice.reason = Some(reason.into_owned());
        }
        Ok(())
    }

    /// Where a candidate is. One without an index is the first.
    fn place(&mut self, index: Option<Raw<'_>>) -> Result<usize, CodecError> {
        let index = index.map_or(Some(0), json::unsigned);
        let index = index
            .filter(|index| *index < MAX_CHOICES)
            .and_then(|index| u32::try_from(index).ok())
            .ok_or(CodecError::malformed("a candidate's index is none"))?;
        let known = self.choices.iter().position(|found| found.index == index);
        Ok(known.unwrap_or_else(|| {
            self.choices.push(Choice::new(index));
            self.choices.len() - 1
        }))
    }
}
