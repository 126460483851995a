use agentgateway_core::{
    Error, ErrorKind,
    body::End,
    media,
    protocol::{Clock, OnFinished},
    rescue::{Dialect as _, Ending, Handling, Verdict, Watch},
    sse::{SseEvent, SseMessage},
    telemetry::AttemptSpan,
};
use http::response;
use tracing::Span;

use super::{
    McpDialect, McpProtocol, McpReport,
    answer::{self, Answer},
};
use crate::{
    call::{McpCall, McpKind},
    telemetry,
    wire::{Era, SessionId},
};

/// The largest JSON answer that is looked at. A longer one passes unseen.
const LOOK_BYTES: usize = 1024 * 1024;

/// Looks at the answer of one MCP call while it passes.
#[derive(Debug)]
pub struct McpWatch {
    call: McpCall,
    clock: Clock,
    report: McpReport,
    span: Span,
    attempt: Option<Span>,
    max_event_bytes: usize,
    on_finished: OnFinished<McpCall, McpReport>,
}

impl McpWatch {
    pub(super) fn new(call: McpCall, span: Span, protocol: &McpProtocol) -> Self {
        Self {
            call,
            clock: Clock::start(),
            report: McpReport::default(),
            span,
            attempt: None,
            max_event_bytes: protocol.max_event_bytes,
            on_finished: protocol.on_finished.clone(),
        }
    }

    pub(super) const fn span(&self) -> &Span {
        &self.span
    }

    fn is_request(&self) -> bool {
        self.call.kind() == McpKind::Request
    }

    fn read(&mut self, text: &[u8]) {
        let own = self.call.id().filter(|_| self.is_request());
        let report = &mut self.report;
        answer::read(text, own, |answer| match answer {
            Answer::Own { error, tool_error } => {
                report.answered = true;
                report.rpc_error_code = error;
                report.tool_error = tool_error;
            }
            Answer::Strange { error } => {
                report.strange_answers += 1;
                if !report.answered {
                    report.rpc_error_code = report.rpc_error_code.or(error);
                }
            }
            Answer::Notification { progress } => {
                report.notifications += 1;
                report.progress += u64::from(progress);
            }
            Answer::Request => report.server_requests += 1,
        });
    }
}

impl Watch for McpWatch {
    fn head(&mut self, head: &mut response::Parts) -> Handling {
        self.clock.answered(head.status);
        self.report.status = Some(head.status);
        self.report.session_id = SessionId::from_headers(&head.headers)
            .filter(|assigned| Some(assigned) != self.call.session_id());
        self.attempt = head
            .extensions
            .get::<AttemptSpan>()
            .map(|attempt| attempt.span().clone());
        if media::is_event_stream(&head.headers) {
            Handling::Events
        } else if media::is_json(&head.headers) {
            Handling::Whole {
                limit_bytes: LOOK_BYTES,
            }
        } else {
            Handling::Pass
        }
    }

    fn whole(&mut self, body: &[u8]) {
        self.read(body);
    }

    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        self.clock.event();
        self.report.events += 1;
        self.report.resumable |=
            event.id().is_some_and(|id| !id.is_empty()) && self.call.era() == Era::Legacy;
        if matches!(event.event(), "" | "message") {
            self.read(event.data());
        }
        Verdict::Keep
    }

    fn ending(&self) -> Ending {
        if !self.is_request() {
            Ending::Endless
        } else if self.report.answered {
            Ending::Complete
        } else if self.report.resumable {
            Ending::Resumable
        } else {
            Ending::Truncated
        }
    }

    fn max_event_bytes(&self) -> usize {
        self.max_event_bytes
    }

    /// A stream that the client can take up again is aborted when its connection is lost: an error
    /// event would be the answer, and the true one would be lost.
    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        let lost = matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout);
        if lost && self.ending() == Ending::Resumable {
            return None;
        }
        let id = self.call.id().filter(|_| self.is_request());
        McpDialect.event(error, &id.cloned())
    }

    fn end(&mut self, end: End<'_>) {
        telemetry::record(&self.span, &self.report, end);
        if let Some(attempt) = &self.attempt {
            telemetry::record(attempt, &self.report, end);
        }
        let finished = self
            .clock
            .finished(&self.call, &self.report, end, &self.span);
        self.on_finished.tell(&finished);
    }
}
