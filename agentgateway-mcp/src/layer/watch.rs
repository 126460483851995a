use std::{fmt, sync::Arc};

use agentgateway_core::{
    Error, ErrorKind,
    body::End,
    media,
    protocol::{Clock, OnFinished},
    rescue::{Dialect as _, Ending, Handling, Verdict, Watch},
    sse::{SseEvent, SseMessage},
    telemetry::AttemptSpan,
};
use bytes::Bytes;
use http::response;
use tracing::Span;

use super::{
    McpDialect, McpProtocol, McpReport,
    answer::{self, Answer, Read},
    asked::AskedServer,
};
use crate::{
    call::{McpCall, McpKind},
    policy::{CheckCalls, ListFilter, limits::ResultLimit},
    telemetry,
    wire::{Era, SessionId},
};

/// The largest JSON answer that is looked at. A longer one passes unseen.
const LOOK_BYTES: usize = 1024 * 1024;

/// Looks at the answer of one MCP call while it passes.
pub struct McpWatch {
    pub(super) call: McpCall,
    clock: Clock,
    pub(super) report: McpReport,
    span: Span,
    attempt: Option<Span>,
    max_event_bytes: usize,
    /// What takes out of its lists what is not for the caller.
    pub(super) lists: Option<Box<ListFilter>>,
    pub(super) max_list_bytes: usize,
    calls: Option<Arc<dyn CheckCalls>>,
    asked: Option<AskedServer>,
    pub(super) result_limit: Option<ResultLimit>,
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
            lists: None,
            max_list_bytes: protocol.items.max_list_bytes,
            calls: protocol.items.calls.clone(),
            asked: None,
            result_limit: None,
            on_finished: protocol.on_finished.clone(),
        }
    }

    pub(super) fn filtering(mut self, lists: Option<Box<ListFilter>>) -> Self {
        self.lists = lists;
        self
    }

    pub(super) fn asking(mut self, asked: Option<AskedServer>) -> Self {
        self.asked = asked;
        self
    }

    pub(super) const fn span(&self) -> &Span {
        &self.span
    }

    fn is_request(&self) -> bool {
        self.call.kind() == McpKind::Request
    }

    pub(super) fn read(&mut self, text: &[u8]) {
        let own = self.call.id().filter(|_| self.is_request());
        let report = &mut self.report;
        let (call, calls) = (&self.call, self.calls.as_ref());
        answer::read(text, own, |answer| match answer {
            Answer::Own { error, tool_error } => report.answer(error, tool_error),
            Answer::Strange { error } => {
                report.strange_answers += 1;
                if !report.answered {
                    report.rpc_error_code = report.rpc_error_code.or(error);
                }
            }
            Answer::Notification {
                progress,
                tools_changed,
            } => {
                report.notifications += 1;
                report.progress += u64::from(progress);
                if let Some(calls) = calls.filter(|_| tools_changed) {
                    calls.forget(call.target().unwrap_or_default());
                }
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
        let read = head.extensions.remove::<Read>();
        if let Some(handling) = self.handling(head) {
            handling
        } else if let Some(Read { error, tool_error }) = read.filter(|_| self.is_request()) {
            self.report.answer(error, tool_error);
            Handling::Pass
        } else if media::is_event_stream(&head.headers) {
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
        self.judge(event)
    }

    fn rewrite(&mut self, head: &mut response::Parts, body: Bytes) -> Result<Bytes, Error> {
        self.rewritten(head, body)
    }

    fn over_limit(&mut self, head: &mut response::Parts, error: Error) -> Result<Bytes, Error> {
        self.shortened(head, error)
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
        if let Some(event) = self.shortened_event(error) {
            return Some(event);
        }
        let id = self.call.id().filter(|_| self.is_request());
        McpDialect.event(error, &id.cloned())
    }

    fn end(&mut self, end: End<'_>) {
        self.report.server = self.asked.as_ref().and_then(AskedServer::name);
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

impl fmt::Debug for McpWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpWatch")
            .field("call", &self.call)
            .field("report", &self.report)
            .field("filters", &self.lists.is_some())
            .finish_non_exhaustive()
    }
}
