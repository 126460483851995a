use std::{
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use agentgateway_core::{
    Error, ErrorKind,
    body::End,
    context::Meter,
    media,
    protocol::{Clock, OnFinished},
    rescue::{Ending, Handling, Silence, Unfinished, Verdict, Watch},
    sse::{SseEvent, SseMessage},
    telemetry::{AttemptSpan, record_end},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header, response};
use tracing::Span;

use super::{LlmProtocol, content::Content, meter::Reading, waits::Waits};
use crate::{
    LlmCall, LlmDialect, LlmReport,
    bridge::LossReport,
    patience::Patience,
    settle::{Ended, Settle},
    telemetry,
    told::Told,
    upstream::{AttemptClock, UsageInjected},
    wire::{
        self, Answer, Names, Seen,
        event_stream::{self, FrameDecoder},
    },
};

/// The longest error answer that is read, in bytes.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// Looks at the answer of one call while it passes.
#[derive(Debug)]
pub struct LlmWatch {
    call: LlmCall,
    answer: Answer,
    clock: Clock,
    span: Span,
    attempt: Option<AttemptSpan>,
    /// Of the attempt that brought the answer.
    attempt_clock: Option<AttemptClock>,
    names: Arc<Names>,
    /// Who gave the answer asks how it ended.
    settle: Option<Settle>,
    /// Of a binary stream.
    frames: FrameDecoder,
    /// What a translation had no place for of the request, or of an answer in one piece.
    losses: LossReport,
    /// What else a translation knows at the end.
    told: Option<Told>,
    /// Where silence is bounded or broken, which most streams need not.
    waits: Option<Box<Waits>>,
    /// The stream is ended here, as the model has said nothing for too long.
    is_late: bool,
    /// Policies ask what the call used.
    reading: Option<Reading>,
    /// What is said, where spans shall have it.
    pub(super) content: Option<Box<Content>>,
    /// The client did not ask for the usage chunk that will come.
    hides_usage: bool,
    /// The answer is JSON that breaks off.
    cut: bool,
    keep_alive: Option<Duration>,
    max_inspected_bytes: usize,
    max_event_bytes: usize,
    on_finished: OnFinished<LlmCall, LlmReport>,
}

impl LlmWatch {
    pub(super) fn begin(call: LlmCall, protocol: &LlmProtocol) -> Self {
        Self {
            answer: Answer::new(call.dialect(), call.operation(), &protocol.names),
            span: telemetry::call_span(&call),
            clock: Clock::start(),
            attempt: None,
            attempt_clock: None,
            settle: None,
            losses: LossReport::new(),
            told: None,
            names: Arc::clone(&protocol.names),
            frames: FrameDecoder::new(),
            waits: None,
            is_late: false,
            reading: None,
            content: None,
            hides_usage: false,
            cut: false,
            keep_alive: protocol.keep_alive,
            max_inspected_bytes: protocol.max_inspected_bytes,
            max_event_bytes: protocol.max_event_bytes,
            on_finished: protocol.on_finished.clone(),
            call,
        }
    }

    pub(super) const fn span(&self) -> &Span {
        &self.span
    }

    fn failed_status(&self) -> Option<StatusCode> {
        self.clock
            .status()
            .filter(|status| status.is_client_error() || status.is_server_error())
    }

    /// A binary stream of the call's own dialect.
    fn is_binary(&self, headers: &HeaderMap) -> bool {
        let told = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let media = told.and_then(|told| told.split(';').next());
        self.call.dialect() == LlmDialect::BedrockConverse
            && media
                .is_some_and(|media| media.trim().eq_ignore_ascii_case(event_stream::MEDIA_TYPE))
    }

    fn take_report(&mut self) -> LlmReport {
        let mut report = self.answer.take_report(self.call.dialect());
        report.losses = std::mem::take(&mut self.losses);
        if let Some(facts) = self.told.as_ref().and_then(Told::facts) {
            report.losses.merge(facts.losses.clone());
            // The client's dialect may have no place for some counts, or must write a zero for what nobody told.
            if let Some(usage) = facts.usage {
                report.usage = Some(usage).filter(|usage| !usage.is_empty());
            }
        }
        if let (Some(status), None) = (self.failed_status(), &report.error) {
            report.error.get_or_insert_default().code = Some(status.as_str().into());
        }
        report
    }
}

/// An event has come.
fn tick(call: &mut Clock, attempt: &mut Option<AttemptClock>) {
    call.event();
    if let Some(AttemptClock(attempt)) = attempt {
        attempt.event();
    }
}

/// Whether the model says something in an event. What translates knows it of the provider's own.
fn says(told: Option<&Told>, names: &Names, call: &LlmCall, data: &[u8]) -> bool {
    match told {
        Some(told) => told.has_said(),
        None => names.is_content(call.dialect(), data),
    }
}

impl Watch for LlmWatch {
    fn head(&mut self, head: &mut response::Parts) -> Handling {
        self.clock.answered(head.status);
        self.attempt = head.extensions.get::<AttemptSpan>().cloned();
        self.settle = head.extensions.remove::<Settle>();
        self.losses = head
            .extensions
            .get::<LossReport>()
            .cloned()
            .unwrap_or_default();
        self.attempt_clock = head.extensions.remove::<AttemptClock>();
        self.told = head.extensions.remove::<Told>();
        self.hides_usage = head.extensions.remove::<UsageInjected>().is_some();
        if let Some(patience) = head.extensions.remove::<Patience>() {
            self.waits.get_or_insert_default().listen(patience);
        }
        self.reading = Meter::claim(&mut head.extensions)
            .map(|claim| Reading::new(claim, &self.call, &self.names));
        let failed = self.failed_status().is_some();
        self.answer.head(&head.headers, failed);
        if failed {
            return Handling::Whole {
                limit_bytes: MAX_ERROR_BYTES,
            };
        }
        let handling = if media::is_event_stream(&head.headers) {
            let says_nothing = wire::keep_alive(self.call.dialect());
            if let (Some(every), Some(bytes)) = (self.keep_alive, says_nothing) {
                let waits = self.waits.get_or_insert_default();
                waits.keep_alive(every, Bytes::from_static(bytes));
            }
            Some(Handling::Events)
        } else if self.is_binary(&head.headers) {
            Some(Handling::Messages)
        } else {
            None
        };
        if let Some(handling) = handling {
            // One in a content coding passes unread.
            if let Some(reading) = &mut self.reading {
                if !media::is_coded(&head.headers) {
                    reading.begin_stream();
                }
            }
            return handling;
        }
        if media::is_json(&head.headers) {
            return Handling::Whole {
                limit_bytes: self.max_inspected_bytes,
            };
        }
        Handling::Pass
    }

    fn whole(&mut self, body: &[u8]) {
        let facts = self.told.as_ref().and_then(Told::facts);
        let read = match facts.and_then(|facts| facts.summary.as_ref()) {
            Some(summary) => {
                self.answer.told(summary);
                Ok(())
            }
            None => self.answer.whole(body),
        };
        if let Some(reading) = &mut self.reading {
            reading.whole(body);
        }
        let is_answer = self.failed_status().is_none();
        if let Some(content) = self.content.as_mut().filter(|_| is_answer) {
            content.whole(body);
        }
        self.cut = read.is_err() && is_answer;
    }

    fn messages(&mut self, data: &Bytes) -> Unfinished {
        if let Some(content) = &mut self.content {
            content.piece(data);
        }
        let mut input = data.as_ref();
        loop {
            // What is no frame was read from here on.
            let left = input.len();
            let held = self.frames.unfinished_bytes();
            match self.frames.decode(&mut input) {
                Ok(None) => return Unfinished::waits(self.frames.unfinished_bytes()),
                Ok(Some(frame)) => {
                    tick(&mut self.clock, &mut self.attempt_clock);
                    self.answer.frame(&frame);
                    if let Some(waits) = &mut self.waits {
                        let told = self.told.as_ref();
                        waits.event(|| says(told, &self.names, &self.call, frame.payload()));
                    }
                    if let Some(reading) = &mut self.reading {
                        reading.event(frame.payload());
                    }
                }
                Err(error) => {
                    let message = format!("the stream of the provider cannot be read: {error}");
                    let error = Error::new(ErrorKind::BadAnswer, message);
                    return Unfinished::broken(held.saturating_add(left), error);
                }
            }
        }
    }

    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        tick(&mut self.clock, &mut self.attempt_clock);
        if let Some(waits) = &mut self.waits {
            waits.event(|| says(self.told.as_ref(), &self.names, &self.call, event.data()));
        }
        if let Some(reading) = &mut self.reading {
            reading.event(event.data());
        }
        if let Some(content) = &mut self.content {
            content.event(event);
        }
        match self.answer.event(event) {
            Seen::UsageChunk if self.hides_usage => Verdict::Drop,
            Seen::UsageChunk | Seen::Other => Verdict::Keep,
        }
    }

    fn max_event_bytes(&self) -> usize {
        self.max_event_bytes
    }

    fn ending(&self) -> Ending {
        self.answer.ending()
    }

    fn poll_silent(&mut self, cx: &mut Context<'_>) -> Poll<Silence> {
        let Some(waits) = &mut self.waits else {
            return Poll::Pending;
        };
        // Behind the last word nothing more is waited for.
        if self.answer.ending() != Ending::Truncated {
            return Poll::Pending;
        }
        if self.told.as_ref().is_some_and(Told::has_said) {
            waits.said();
        }
        let silence = ready!(waits.poll(cx));
        self.is_late = matches!(silence, Silence::Fail(_));
        Poll::Ready(silence)
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        let sequence = self.answer.next_sequence();
        wire::error_event(self.call.dialect(), error, sequence)
    }

    fn error_message(&self, error: &Error) -> Option<Bytes> {
        Some(wire::error_frame(error))
    }

    fn end(&mut self, end: End<'_>) {
        let end = match end {
            End::Complete if self.cut => End::Truncated,
            end => end,
        };
        let report = self.take_report();
        if let Some(settle) = self.settle.take() {
            settle.tell(match end {
                End::Complete if report.error.is_none() => Ended::Well,
                End::Complete | End::Truncated | End::Failed(_) => Ended::Badly,
                End::Dropped => Ended::Left,
            });
        }
        if let Some(reading) = self.reading.take() {
            reading.settle(&self.call, &report, self.failed_status().is_some(), end);
        }
        if let Some(content) = self.content.take() {
            content.end();
        }
        let finished = self.clock.finished(&self.call, &report, end, &self.span);
        telemetry::record_report(&self.span, &report, finished.first_event);
        record_end(&self.span, end);
        if end.is_success() {
            telemetry::record_fault(&self.span, &report);
        }
        if let Some(attempt) = &self.attempt {
            // Attempts before this one took their time too.
            let own = self.attempt_clock.as_ref();
            let first = own.map_or(finished.first_event, |clock| clock.0.first_event());
            telemetry::record_report(attempt.span(), &report, first);
            match end {
                End::Complete => telemetry::record_fault(attempt.span(), &report),
                // The attempt's own body had a clean end, or none.
                End::Truncated => record_end(attempt.span(), end),
                End::Failed(_) if self.is_late => record_end(attempt.span(), end),
                End::Failed(_) | End::Dropped => {}
            }
        }
        self.on_finished.tell(&finished);
    }
}
