use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    Error, ErrorKind,
    body::End,
    json::{self, Raw, Splice},
    media,
    protocol::Clock,
    rescue::{Dialect, Ending, Handling, Verdict, Watch},
    sse::{SseEvent, SseMessage},
    telemetry::AttemptSpan,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header as names, request, response};
use tracing::Span;

#[cfg(feature = "grpc")]
use super::frames::{Frames, fault};
use super::{
    A2aDialect, A2aReport, A2aSubject, AnswerTap, TaskFilter,
    listed::filtered,
    parse::declares_version,
    progress::Progress,
    protocol::{Conditional, Settings},
};
use crate::{
    bridge::StreamLosses,
    call::{A2aCall, AnsweredBy},
    policy::card::{Place, Treatment, etag, is_named, unreadable},
    telemetry,
    wire::{A2aBinding, A2aOperation, A2aVersion, Answer, TaskState, card::PublicUrl, read_answer},
};

/// How long an agent has to end a stream behind its last word, so that its connection can be used again.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);

/// Looks at the answer to one call.
#[derive(Debug)]
pub struct A2aWatch {
    settings: Arc<Settings>,
    subject: A2aSubject,
    call: A2aCall,
    /// What a card's URLs are rewritten to; `None` for other calls, or when no host is known.
    public: Option<PublicUrl>,
    /// What was asked of a card.
    asked: Asked,
    head_only: bool,
    report: A2aReport,
    progress: Progress,
    /// The stream's last word has passed.
    closed: bool,
    clock: Clock,
    span: Span,
    attempt: Option<AttemptSpan>,
    losses: Option<StreamLosses>,
    taps: Option<AnswerTap>,
    filter: Option<TaskFilter>,
    #[cfg(feature = "grpc")]
    frames: Frames,
}

/// What a request for a card says about how it is answered.
#[derive(Debug, Default)]
struct Asked {
    /// The version that it declares, if any.
    version: Option<A2aVersion>,
    /// The tags of the cards that the client has.
    known: Option<Conditional>,
    /// By GET: the answer has a tag of its own.
    gets: bool,
}

impl A2aWatch {
    pub(super) fn new(
        settings: Arc<Settings>,
        subject: A2aSubject,
        head: &request::Parts,
        call: &A2aCall,
    ) -> Self {
        let card = call.operation().brings_card();
        let rewrites = card && settings.cards.wants_place(settings.rewrite_cards);
        let public = match &settings.public_url {
            _ if !rewrites => None,
            Some(url) => Some(url.clone()),
            None => PublicUrl::of_request(head),
        };
        Self {
            subject,
            public,
            asked: Asked {
                version: declares_version(head).then(|| call.version()),
                known: head.extensions.get().cloned(),
                gets: head.method == Method::GET,
            },
            head_only: head.method == Method::HEAD,
            report: A2aReport::default(),
            progress: if call.operation().streams() {
                Progress::Open
            } else {
                Progress::Endless
            },
            closed: false,
            clock: Clock::start(),
            span: telemetry::call_span(call),
            attempt: None,
            losses: None,
            taps: None,
            filter: None,
            #[cfg(feature = "grpc")]
            frames: Frames::new(settings.max_event_bytes),
            call: call.clone(),
            settings,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Whether this event is the last of its stream. In v0.3 `final` says it: some agents tell a terminal state
    /// before they have said all.
    fn closes(&self, answer: &Answer) -> bool {
        let Answer::Result(item) = answer else {
            return false;
        };
        let terminal = item.state.is_some_and(TaskState::is_terminal);
        let is_streamed = self.call.operation().streams();
        is_streamed && (item.is_final || (terminal && self.call.version() != A2aVersion::V0_3))
    }

    fn rewrites(&self) -> bool {
        self.settings.touches_cards() && self.call.operation().brings_card()
    }

    /// The card of the answer's body, in the binding's form: outer `None` for an error object.
    fn card<'a>(&self, body: &'a Bytes) -> Result<Option<Option<Raw<'a>>>, Error> {
        if self.call.binding() == A2aBinding::HttpJson {
            return Ok(Some(None));
        }
        let [result, error] = json::members(body, ["result", "error"]).map_err(unreadable)?;
        let result = result.filter(|result| !json::is_null(*result));
        if error.is_some_and(|error| !json::is_null(error)) {
            // A client that looks for the result first would find a card that nobody has looked at.
            return match result {
                None => Ok(None),
                Some(_) => Err(unreadable("the response has a result and an error")),
            };
        }
        match result {
            Some(result) => Ok(Some(Some(result))),
            None => Err(unreadable("the response has no result")),
        }
    }
}

impl A2aWatch {
    fn take(&mut self, answer: Answer) {
        let before = self.report.state;
        self.report.take(answer);
        if let Some(state) = self.report.state.filter(|state| Some(*state) != before) {
            telemetry::record_state(&self.span, self.report.task_id.as_deref(), state);
        }
        if let Some(taps) = &self.taps {
            taps.tell(&self.report);
        }
    }

    /// The card with a tag of its own, or 304 where the client has it.
    fn tagged(&self, head: &mut response::Parts, card: Bytes) -> Bytes {
        if *self.call.operation() == A2aOperation::GetExtendedAgentCard {
            keep_private(&mut head.headers);
        }
        if self.settings.cards.varies() {
            let vary = HeaderValue::from_static("A2A-Version");
            head.headers.append(names::VARY, vary);
        }
        let tag = etag(&card).filter(|_| self.asked.gets && head.status == StatusCode::OK);
        let Some(tag) = tag else { return card };
        let known = self.asked.known.as_ref();
        let has_it = known.is_some_and(|known| is_named(&tag, &known.0));
        head.headers.insert(names::ETAG, tag);
        if !has_it {
            return card;
        }
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(names::CONTENT_TYPE);
        Bytes::new()
    }
}

impl Watch for A2aWatch {
    fn head(&mut self, head: &mut response::Parts) -> Handling {
        self.clock.answered(head.status);
        self.attempt = head.extensions.get::<AttemptSpan>().cloned();
        if let Some(AnsweredBy(agent)) = head.extensions.remove() {
            self.call = self.call.clone().to(Some(&agent));
        }
        self.report.take_translation(&head.extensions);
        self.losses = head.extensions.remove::<StreamLosses>();
        self.taps = head.extensions.remove::<AnswerTap>();
        self.filter = head.extensions.remove::<TaskFilter>();
        let failed = head.status.is_client_error() || head.status.is_server_error();
        self.report.failed = failed || tells_failure(&head.headers);
        if self.call.binding() == A2aBinding::Grpc {
            #[cfg(feature = "grpc")]
            {
                self.trailers(&head.headers);
                if !self.call.operation().brings_card() {
                    return Handling::Frames;
                }
            }
            return Handling::Pass;
        }
        let limit_bytes = self.settings.max_body_bytes;
        if self.rewrites() && self.head_only {
            forget_entity(&mut head.headers);
            head.headers.remove(names::CONTENT_LENGTH);
            return Handling::Pass;
        }
        // First: what calls itself a stream of events is a card all the same, to a client that asked for one.
        if self.rewrites() && head.status.is_success() {
            return Handling::Rewrite { limit_bytes };
        }
        if self.filter.is_some() && head.status.is_success() {
            return Handling::Rewrite { limit_bytes };
        }
        if media::is_event_stream(&head.headers) && head.status.is_success() {
            return Handling::Events;
        }
        // A card of which nothing is rewritten says nothing of a task.
        let card = *self.call.operation() == A2aOperation::AgentCard;
        if media::is_json(&head.headers) && (failed || !card) {
            return Handling::Whole { limit_bytes };
        }
        Handling::Pass
    }

    #[cfg(feature = "grpc")]
    fn data(&mut self, data: &Bytes) {
        let streams = self.call.operation().streams();
        let mut said = Vec::new();
        let call = &self.call;
        self.frames.read(call, data, |answer| said.push(answer));
        for answer in said {
            if streams {
                self.clock.event();
                self.report.events += 1;
            }
            self.take(answer);
        }
    }

    #[cfg(feature = "grpc")]
    fn trailers(&mut self, trailers: &HeaderMap) {
        if let Some(fault) = fault(trailers) {
            self.take(fault);
        }
    }

    fn whole(&mut self, body: &[u8]) {
        self.report.is_over = true;
        self.take(read_answer(body, self.call.binding()));
    }

    fn event(&mut self, event: &SseEvent<'_>) -> Verdict {
        self.clock.event();
        self.report.events += 1;
        let answer = read_answer(event.data(), self.call.binding());
        // An agent that goes on behind its last word is not heard, unless it tells of an error.
        if self.closed && matches!(answer, Answer::Result(_)) {
            return Verdict::Drop;
        }
        self.progress.take(&answer);
        self.closed |= self.closes(&answer);
        self.report.is_over |= self.progress == Progress::Ended;
        self.take(answer);
        Verdict::Keep
    }

    fn rewrite(&mut self, head: &mut response::Parts, body: Bytes) -> Result<Bytes, Error> {
        if media::is_coded(&head.headers) {
            return Err(unreadable(
                "it came in a content coding that was not asked for",
            ));
        }
        if let Some(filter) = &self.filter {
            let list = filtered(&body, self.call.binding(), filter)?;
            self.whole(&list);
            forget_entity(&mut head.headers);
            return Ok(list);
        }
        let Some(card) = self.card(&body)? else {
            self.whole(&body);
            return Ok(body);
        };
        let settings = &self.settings;
        if self.public.is_none() && settings.cards.wants_place(settings.rewrite_cards) {
            let message = "the request names no host, which the agent card's URLs would begin with";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let alone = match card {
            None => body.clone(),
            Some(card) => json::slice_of(&body, card)
                .ok_or_else(|| unreadable("its place in the answer is not known"))?,
        };
        let place = Place {
            base: &self.settings.upstream_base,
            version: self.asked.version,
            ..Place::new(self.public.as_ref())
        };
        let own = head.extensions.remove::<Treatment>();
        let served = match &own {
            Some(own) => own.policy.serve(&alone, &own.place(self.asked.version))?,
            None => self.settings.cards.serve(&alone, &place)?,
        };
        let whole = match card {
            None => served.card.clone(),
            Some(card) => Splice::new(body.clone())
                .replace_value(card, served.card.clone())
                .joined()
                .map_err(unreadable)?,
        };
        forget_entity(&mut head.headers);
        self.report.take_card(&served);
        Ok(self.tagged(head, whole))
    }

    fn ending(&self) -> Ending {
        self.progress.ending()
    }

    fn max_event_bytes(&self) -> usize {
        self.settings.max_event_bytes
    }

    fn closes_within(&self) -> Option<Duration> {
        self.closed.then_some(CLOSES_WITHIN)
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        A2aDialect.event(error, &self.subject)
    }

    fn end(&mut self, end: End<'_>) {
        if let Some(losses) = &self.losses {
            self.report.losses.merge(losses.report());
        }
        telemetry::record_answer(&self.span, &self.report, end);
        if let Some(attempt) = &self.attempt {
            telemetry::record_answer(attempt.span(), &self.report, end);
        }
        let finished = self
            .clock
            .finished(&self.call, &self.report, end, &self.span);
        telemetry::record_first_event(&self.span, finished.first_event);
        self.settings.on_finished.tell(&finished);
    }
}

/// Whether an answer of gRPC failed before its first message.
fn tells_failure(headers: &HeaderMap) -> bool {
    headers
        .get("grpc-status")
        .is_some_and(|status| status.as_bytes() != b"0")
}

/// A card for one caller is kept in no shared cache, whatever the agent says.
fn keep_private(headers: &mut HeaderMap) {
    let values = headers.get_all(names::CACHE_CONTROL);
    let private = values.iter().filter_map(|value| value.to_str().ok());
    let mut words = private.flat_map(|text| text.split(',')).map(str::trim);
    let kept = words.any(|word| {
        ["private", "no-store"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    });
    if !kept {
        let value = HeaderValue::from_static("private, no-cache");
        headers.insert(names::CACHE_CONTROL, value);
    }
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
