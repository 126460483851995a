use std::sync::Arc;

use agentgateway_core::{
    Error, ErrorKind,
    body::End,
    json::{self, Raw},
    media,
    protocol::Clock,
    rescue::{Dialect, Ending, Handling, Verdict, Watch},
    sse::{SseEvent, SseMessage},
    telemetry::AttemptSpan,
};
use bytes::Bytes;
use http::{HeaderMap, Method, header as names, request, response};
use tracing::Span;

use super::{A2aDialect, A2aReport, A2aSubject, progress::Progress, protocol::Settings};
use crate::{
    call::A2aCall,
    telemetry,
    wire::{
        A2aBinding, A2aOperation,
        card::{self, PublicUrl},
        read_answer,
    },
};

/// Looks at the answer to one call.
#[derive(Debug)]
pub struct A2aWatch {
    settings: Arc<Settings>,
    subject: A2aSubject,
    call: A2aCall,
    /// What a card's URLs are rewritten to; `None` for other calls, or when no host is known.
    public: Option<PublicUrl>,
    head_only: bool,
    report: A2aReport,
    progress: Progress,
    clock: Clock,
    span: Span,
    attempt: Option<AttemptSpan>,
}

impl A2aWatch {
    pub(super) fn new(
        settings: Arc<Settings>,
        subject: A2aSubject,
        head: &request::Parts,
        call: &A2aCall,
    ) -> Self {
        let rewrites = settings.rewrite_cards && call.operation().brings_card();
        let public = match &settings.public_url {
            _ if !rewrites => None,
            Some(url) => Some(url.clone()),
            None => PublicUrl::of_request(head),
        };
        Self {
            subject,
            public,
            head_only: head.method == Method::HEAD,
            report: A2aReport::default(),
            progress: if call.operation().streams() {
                Progress::Open
            } else {
                Progress::Endless
            },
            clock: Clock::start(),
            span: telemetry::call_span(call),
            attempt: None,
            call: call.clone(),
            settings,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    fn rewrites(&self) -> bool {
        self.settings.rewrite_cards && self.call.operation().brings_card()
    }

    /// The card of the answer's body, in the binding's form: outer `None` for an error object.
    fn card<'a>(&self, body: &'a Bytes) -> Result<Option<Option<Raw<'a>>>, Error> {
        if self.call.binding() == A2aBinding::HttpJson {
            return Ok(Some(None));
        }
        let [result, error] = json::members(body, ["result", "error"]).map_err(unreadable)?;
        if error.is_some_and(|error| !json::is_null(error)) {
            return Ok(None);
        }
        match result {
            Some(result) => Ok(Some(Some(result))),
            None => Err(unreadable("the response has no result")),
        }
    }
}

impl Watch for A2aWatch {
    fn head(&mut self, head: &mut response::Parts) -> Handling {
        self.clock.answered(head.status);
        self.attempt = head.extensions.get::<AttemptSpan>().cloned();
        let failed = head.status.is_client_error() || head.status.is_server_error();
        self.report.failed = failed;
        let limit_bytes = self.settings.max_body_bytes;
        if self.rewrites() && self.head_only {
            forget_entity(&mut head.headers);
            head.headers.remove(names::CONTENT_LENGTH);
            return Handling::Pass;
        }
        if media::is_event_stream(&head.headers) && head.status.is_success() {
            return Handling::Events;
        }
        if self.rewrites() && head.status.is_success() {
            return Handling::Rewrite { limit_bytes };
        }
        // A card of which nothing is rewritten says nothing of a task.
        let card = *self.call.operation() == A2aOperation::AgentCard;
        if media::is_json(&head.headers) && (failed || !card) {
            return Handling::Whole { limit_bytes };
        }
        Handling::Pass
    }

    fn whole(&mut self, body: &[u8]) {
        self.report.take(read_answer(body, self.call.binding()));
    }

    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        self.clock.event();
        self.report.events += 1;
        let answer = read_answer(event.data(), self.call.binding());
        self.progress.take(&answer);
        self.report.take(answer);
        Verdict::Keep
    }

    fn rewrite(&mut self, head: &mut response::Parts, body: Bytes) -> Result<Bytes, Error> {
        if media::is_coded(&head.headers) {
            return Err(unreadable(
                "it came in a content coding that was not asked for",
            ));
        }
        let Some(card) = self.card(&body)? else {
            self.whole(&body);
            return Ok(body);
        };
        let Some(public) = &self.public else {
            let message = "the request names no host, which the agent card's URLs would begin with";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        };
        let base = &self.settings.upstream_base;
        let rewritten = card::rewrite(&body, card, public, base).map_err(unreadable)?;
        forget_entity(&mut head.headers);
        self.report.urls_rewritten = rewritten.urls;
        self.report.signatures_removed = rewritten.signatures_removed;
        Ok(rewritten.body)
    }

    fn ending(&self) -> Ending {
        self.progress.ending()
    }

    fn max_event_bytes(&self) -> usize {
        self.settings.max_event_bytes
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        A2aDialect.event(error, &self.subject)
    }

    fn end(&mut self, end: End<'_>) {
        telemetry::record_answer(&self.span, &self.report, end);
        if let Some(attempt) = &self.attempt {
            telemetry::record_answer(attempt.span(), &self.report, end);
        }
        let finished = self
            .clock
            .finished(&self.call, &self.report, end, &self.span);
        self.settings.on_finished.tell(&finished);
    }
}

fn unreadable(reason: impl std::fmt::Display) -> Error {
    let message = format!("the agent card cannot be read: {reason}");
    Error::new(ErrorKind::BadAnswer, message)
}

/// Takes away what describes the bytes that were.
fn forget_entity(headers: &mut HeaderMap) {
    headers.remove(names::ETAG);
    headers.remove(names::LAST_MODIFIED);
    headers.remove(names::ACCEPT_RANGES);
    for digest in ["content-digest", "repr-digest", "digest", "content-md5"] {
        headers.remove(digest);
    }
}
