use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use agentgateway_core::{
    Body, Error, ErrorKind, Peeked, body::Look, error::Origin, json, jsonrpc::RpcId, media,
};
use bytes::Bytes;
use http::{Extensions, Request, Response, StatusCode};
use tokio::{sync::Mutex, time::timeout};

use super::{
    LegacyServer,
    record::Record,
    results,
    server::Facade,
    speaks::{Refused, Speaks, agreed, judged, refusal, tells_nothing},
};
use crate::{
    Era, McpServer,
    bridge::{Answer, Ask, edit},
    call::{McpCall, McpKind},
    upstream::{Answering, SayingEarlier, Serve},
    wire::{
        META, McpMethod, MetaKey, ProtocolVersion,
        error::{INVALID_PARAMS, METHOD_NOT_FOUND},
        headers,
    },
};

/// How long a server has to say what it speaks.
const ASK_WITHIN: Duration = Duration::from_secs(8);

/// How much of an answer is read to learn what its server speaks.
const PROBE_BYTES: usize = 1024 * 1024;

/// A server whose revisions are found out.
#[derive(Clone, Debug)]
pub(crate) struct Found(Arc<Finding>);

#[derive(Debug)]
struct Finding {
    /// The server as it is.
    own: McpServer,
    /// An earlier server as one of 2026-07-28.
    modern: Facade,
    known: RwLock<Speaks>,
    /// Nobody has to find out.
    is_told: bool,
    record: Record,
    asking: Mutex<()>,
    name: Option<Arc<str>>,
}

/// What has become of a request that a server was sent as it is.
pub(crate) enum Offered {
    Answered(Response<Body>),
    /// The server does not speak its era, and has done nothing.
    NotSpoken(Request<Bytes>),
}

/// What an answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    Speaks(Speaks),
    /// A server of another era may answer so. Whether it has done what it was asked, so that it must not be
    /// asked again.
    Doubt {
        done: bool,
    },
}

impl Serve for Found {
    fn serve(&self, request: Request<Bytes>) -> Answering {
        let found = self.clone();
        let asked = Asked::of(Era::Modern, &request);
        if !asked.opens && self.speaks(Era::Modern) == Some(true) {
            // Most requests are such, and their future holds neither them nor what else may be.
            return Box::pin(found.heard(asked, self.sent(request)));
        }
        Box::pin(async move {
            match found.offer(Era::Modern, request).await? {
                Offered::Answered(answer) => Ok(answer),
                Offered::NotSpoken(request) => found.bridged(request).await,
            }
        })
    }

    fn may_be_earlier(&self) -> bool {
        self.speaks(Era::Modern) != Some(true)
    }

    fn serve_earlier(&self, mut request: Request<Bytes>) -> SayingEarlier {
        let found = self.clone();
        Box::pin(async move {
            let finding = &*found.0;
            finding.name(request.extensions_mut());
            if found.speaks(Era::Modern).is_none() {
                finding.ask(Era::Modern, request.extensions()).await?;
            }
            if found.may_be_earlier() {
                let answer = finding.modern.serve_earlier(request).await;
                return answer.inspect_err(|error| finding.doubts(error));
            }
            Ok(None)
        })
    }
}

impl Found {
    pub(super) fn new(
        legacy: LegacyServer,
        speaks: Option<Speaks>,
        name: Option<Arc<str>>,
    ) -> Self {
        Self(Arc::new(Finding {
            own: legacy.server().clone(),
            modern: legacy.into_facade(),
            known: RwLock::new(speaks.unwrap_or_default()),
            is_told: speaks.is_some(),
            record: Record::default(),
            asking: Mutex::default(),
            name,
        }))
    }

    /// Whether the server understands clients of this era; `None` where that is not known.
    pub(crate) fn speaks(&self, era: Era) -> Option<bool> {
        self.0.known().of(era)
    }

    /// Whether that was said beforehand.
    #[cfg(feature = "federation")]
    pub(crate) fn is_told(&self) -> bool {
        self.0.is_told
    }

    /// When it was found out.
    #[cfg(feature = "federation")]
    pub(crate) fn found_at(&self) -> Option<std::time::SystemTime> {
        self.0.record.found_at()
    }

    /// When and how the server has failed last by itself.
    #[cfg(feature = "federation")]
    pub(crate) fn last_failure(&self) -> Option<(std::time::SystemTime, String)> {
        self.0.record.last_failure()
    }

    /// Sends a request as it is.
    fn sent(&self, mut request: Request<Bytes>) -> Answering {
        self.0.name(request.extensions_mut());
        self.0.own.send(request)
    }

    /// The answer of a server that is known to speak the era of what it was sent, which is not the first that a
    /// client sends. It may tell that another server is there now.
    async fn heard(self, asked: Asked, sent: Answering) -> Result<Response<Body>, Error> {
        let answer = sent.await.map_err(|error| self.0.record.failed(error))?;
        if self.0.is_told || asked.tells_nothing(answer.status(), true) {
            return Ok(answer);
        }
        let (answer, heard) = Box::pin(asked.hear(answer, true)).await;
        match heard {
            Heard::Nothing => {}
            Heard::Speaks(speaks) => {
                self.0.remember(speaks);
            }
            Heard::Doubt { .. } => self.0.forget(asked.era),
        }
        Ok(answer)
    }

    /// Sends a request of this era as it is, unless the server is known not to speak it.
    ///
    /// # Errors
    /// Those of the server's service.
    pub(crate) async fn offer(
        &self,
        era: Era,
        mut request: Request<Bytes>,
    ) -> Result<Offered, Error> {
        self.0.name(request.extensions_mut());
        let known = self.speaks(era);
        if known == Some(false) {
            return Ok(Offered::NotSpoken(request));
        }
        if self.0.is_told {
            let sent = self.0.own.send(request).await;
            let sent = sent.map_err(|error| self.0.record.failed(error));
            return sent.map(Offered::Answered);
        }
        if known.is_none() && era == Era::Modern && self.0.own.is_pipe() {
            // It may end by a call that it does not know, or never answer it.
            let speaks = self.0.ask(era, request.extensions()).await;
            if speaks.map_or(true, |speaks| speaks.of(era) == Some(false)) {
                return Ok(Offered::NotSpoken(request));
            }
        }
        let asked = Asked::of(era, &request);
        if known == Some(true) && !asked.opens {
            let sent = self.0.own.send(request);
            return self.clone().heard(asked, sent).await.map(Offered::Answered);
        }
        let kept = request.clone();
        let sent = self.0.own.send(request).await;
        let answer = sent.map_err(|error| self.0.record.failed(error))?;
        let (answer, heard) = asked.hear(answer, known.is_some()).await;
        let is_done = heard == Heard::Doubt { done: true };
        let speaks = match heard {
            Heard::Nothing => return Ok(Offered::Answered(answer)),
            Heard::Speaks(speaks) => self.0.remember(speaks),
            Heard::Doubt { .. } => {
                // Perhaps it is another server now.
                self.0.forget(era);
                let asked = self.0.ask(era, kept.extensions()).await;
                asked.unwrap_or_default()
            }
        };
        Ok(if !is_done && speaks.of(era) == Some(false) {
            Offered::NotSpoken(kept)
        } else {
            Offered::Answered(answer)
        })
    }

    /// Sends a request of 2026-07-28 to a server that is taken for one of an earlier revision. Where it is
    /// none, that is found out anew.
    async fn bridged(&self, request: Request<Bytes>) -> Result<Response<Body>, Error> {
        let (mut head, body) = request.into_parts();
        let mut ask = Ask::out_of(&mut head, body);
        let answer = match self.0.modern.answer(&mut ask).await {
            Ok(answer) => answer,
            Err(error) => {
                self.0.doubts(&error);
                return Err(self.0.record.failed(error));
            }
        };
        // The bridge refuses so what is of another revision; of this one the server itself does.
        let stated = ask.headers().get(headers::PROTOCOL_VERSION);
        let is_latest = stated.is_some_and(|stated| stated == ProtocolVersion::LATEST);
        if answer.status() != StatusCode::BAD_REQUEST || !is_latest || self.0.is_told {
            return Ok(answer);
        }
        let (answer, text) = peeked(answer).await;
        match refusal(answer.status(), &text.unwrap_or_default()) {
            Refused::Version(speaks) if speaks.of(Era::Modern) == Some(true) => {
                self.0.remember(speaks);
                self.0.own.send(ask.back_into(head)).await
            }
            _ => Ok(answer),
        }
    }
}

/// An answer, whole, and its beginning where that is all of it.
async fn peeked(answer: Response<Body>) -> (Response<Body>, Option<Bytes>) {
    let (head, body) = answer.into_parts();
    let (text, body) = match Peeked::peek(body, PROBE_BYTES).await {
        Look::Whole(text, body) => (Some(text), body),
        Look::OverLimit(body) | Look::Failed(body) => (None, body),
    };
    (Response::from_parts(head, body.into_body()), text)
}

/// What of a request decides how its answer is read.
#[derive(Clone, Copy, Debug)]
struct Asked {
    era: Era,
    /// It is the first that a client of its era sends.
    opens: bool,
    /// It is the first that a client of 2024-11-05 sends.
    connects: bool,
}

impl Asked {
    fn of(era: Era, request: &Request<Bytes>) -> Self {
        let call = request.extensions().get::<McpCall>();
        let is = |method| call.is_some_and(|call| call.is(method));
        Self {
            era,
            opens: match era {
                Era::Modern => is(&McpMethod::SERVER_DISCOVER),
                Era::Legacy => is(&McpMethod::INITIALIZE),
            },
            connects: call.is_some_and(|call| {
                call.kind() == McpKind::ListenStream && call.session_id().is_none()
            }),
        }
    }

    /// What an answer tells, and the answer, whole. `is_known` of a server that is known to speak this era.
    async fn hear(self, answer: Response<Body>, is_known: bool) -> (Response<Body>, Heard) {
        let status = answer.status();
        if self.tells_nothing(status, is_known) {
            return (answer, Heard::Nothing);
        }
        if media::is_event_stream(answer.headers()) || status.is_success() && self.is_legacy_call()
        {
            return (answer, self.streamed(status));
        }
        if !media::is_json(answer.headers()) {
            return (answer, self.doubtful(false));
        }
        let (answer, text) = peeked(answer).await;
        let heard = match text {
            Some(text) if is_known && !self.opens && is_common(&text) => Heard::Nothing,
            Some(text) => self.judge(status, &text),
            None => Heard::Nothing,
        };
        (answer, heard)
    }

    /// Whether an answer of this status tells nothing of what the server speaks, whatever its body.
    fn tells_nothing(self, status: StatusCode, is_known: bool) -> bool {
        tells_nothing(status)
            || matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT)
            || is_known && status.is_success() && !self.opens
    }

    fn is_legacy_call(self) -> bool {
        self.era == Era::Legacy && !self.opens
    }

    /// Of an answer that is a stream, or taken for what it is unread.
    fn streamed(self, status: StatusCode) -> Heard {
        match self.era {
            Era::Legacy if status.is_success() => Heard::Speaks(Speaks::this(Era::Legacy)),
            // An earlier server that wants no session may answer so too, and has done it then.
            _ => self.doubtful(status.is_success() && !self.opens),
        }
    }

    fn judge(self, status: StatusCode, text: &Bytes) -> Heard {
        let result = edit::member(text, "result").filter(|_| status.is_success());
        if let Some(result) = result {
            return match self.era {
                Era::Modern if self.opens => {
                    judged(status, text).map_or(Heard::Nothing, Heard::Speaks)
                }
                // Which this revision wants of each result, and no earlier one knows.
                Era::Modern if edit::member(&result, "resultType").is_some() => {
                    Heard::Speaks(Speaks::this(Era::Modern))
                }
                Era::Modern => self.doubtful(true),
                Era::Legacy => Heard::Speaks(agreed(&result)),
            };
        }
        match (refusal(status, text), self.era) {
            (Refused::Version(speaks), _) => Heard::Speaks(speaks),
            (Refused::AsModern, Era::Modern) => Heard::Speaks(Speaks::this(Era::Modern)),
            (Refused::AsModern, Era::Legacy) => Heard::Speaks(Speaks::only(Era::Modern)),
            (Refused::NoMethod | Refused::Otherwise, _) => self.doubtful(false),
        }
    }

    /// Of an answer that servers of both eras may give to requests of the other one.
    const fn doubtful(self, done: bool) -> Heard {
        if matches!(self.era, Era::Modern) || self.opens || self.connects {
            Heard::Doubt { done }
        } else {
            Heard::Nothing
        }
    }
}

/// Whether servers of each revision answer so to a mistake of the client's.
fn is_common(text: &Bytes) -> bool {
    let error = edit::member(text, "error").unwrap_or_default();
    matches!(
        results::code(&error),
        Some(INVALID_PARAMS | METHOD_NOT_FOUND)
    )
}

impl Finding {
    fn name(&self, extensions: &mut Extensions) {
        let call = extensions.get_mut::<McpCall>();
        if let (Some(name), Some(call)) = (&self.name, call) {
            if call.target() != Some(name) {
                *call = call.clone().for_target(name);
            }
        }
    }

    fn known(&self) -> Speaks {
        *self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, told: Speaks) -> Speaks {
        let known = self.known();
        let both = known.and(told);
        if both != known {
            self.record.found(true);
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = both;
        }
        both
    }

    fn forget(&self, era: Era) {
        if self.is_told {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = known.without(era);
        if *known == Speaks::default() {
            self.record.found(false);
        }
    }

    /// A server that is taken for an earlier one has failed: perhaps it is none. What the client did wrong says nothing
    /// of that.
    fn doubts(&self, error: &Error) {
        if error.origin() == Origin::Upstream {
            self.forget(Era::Modern);
        }
    }

    /// Asks the server what it speaks, one at a time. What decides nothing is an error and is not
    /// remembered.
    ///
    /// # Source
    /// MCP 2026-07-28, Versioning, Backward compatibility.
    async fn ask(&self, era: Era, extensions: &Extensions) -> Result<Speaks, Error> {
        let _one_at_a_time = self.asking.lock().await;
        let known = self.known();
        if known.of(era).is_some() {
            return Ok(known);
        }
        let asking = self.discover(extensions);
        let told = match timeout(ASK_WITHIN, asking).await {
            Ok(Ok((status, text))) => judged(status, &text),
            // An earlier process may end by it, or say nothing.
            Ok(Err(_)) | Err(_) if self.own.is_pipe() => Some(Speaks::only(Era::Legacy)),
            Ok(Err(error)) => return Err(error),
            Err(_) => None,
        };
        let speaks = told.ok_or_else(|| {
            let message = "the server does not say what it speaks";
            Error::new(ErrorKind::Unavailable, message).with_origin(Origin::Upstream)
        })?;
        Ok(self.remember(speaks))
    }

    /// What it answers to the question of what it speaks.
    async fn discover(&self, extensions: &Extensions) -> Result<(StatusCode, Bytes), Error> {
        let response = self.own.send(discover(extensions)?).await?;
        Ok(match Answer::read(response, PROBE_BYTES).await? {
            Answer::Whole(head, text) => (head.status, text),
            Answer::Events(head, mut events) => {
                let text = events.next().await?.map(|event| event.text);
                (head.status, text.unwrap_or_default())
            }
        })
    }
}

/// The question of what a server speaks.
fn discover(extensions: &Extensions) -> Result<Request<Bytes>, Error> {
    let meta = json::with_members(
        &Bytes::from_static(b"{}"),
        &[
            (MetaKey::CLIENT_INFO, Some(super::options::CLIENT_INFO)),
            (MetaKey::CLIENT_CAPABILITIES, Some("{}".into())),
        ],
    );
    let params = json::with_members(&Bytes::from_static(b"{}"), &[(META, meta.ok())])
        .map_err(crate::bridge::ask::invalid)?;
    let id = RpcId::string("discover");
    Ask::new(&id, &McpMethod::SERVER_DISCOVER, &params)
        .with_extensions(extensions)
        .into_modern(ProtocolVersion::LATEST)
}
