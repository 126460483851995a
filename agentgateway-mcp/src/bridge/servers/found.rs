use std::sync::{Arc, PoisonError, RwLock};

use agentgateway_core::{
    Body, Error, ErrorKind, Peeked, body::Look, error::Origin, json, jsonrpc::RpcId, media,
};
use bytes::Bytes;
use http::{Extensions, Request, Response, StatusCode};
use tokio::sync::Mutex;

use super::{
    LegacyServer,
    speaks::{Refused, Speaks, agreed, judged, refusal, tells_nothing},
};
use crate::{
    Era, McpServer,
    bridge::{Answer, Ask, edit},
    call::{McpCall, McpKind},
    upstream::{Answering, Serve},
    wire::{META, McpMethod, MetaKey, ProtocolVersion},
};

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
    modern: McpServer,
    known: RwLock<Speaks>,
    /// Nobody has to find out.
    is_told: bool,
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
    /// A server of another era may answer so.
    Doubt,
}

impl Serve for Found {
    fn serve(&self, request: Request<Bytes>) -> Answering {
        let found = self.clone();
        Box::pin(async move {
            match found.offer(Era::Modern, request).await? {
                Offered::Answered(answer) => Ok(answer),
                Offered::NotSpoken(request) => found.0.modern.send(request).await,
            }
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
            modern: legacy.into_server(),
            known: RwLock::new(speaks.unwrap_or_default()),
            is_told: speaks.is_some(),
            asking: Mutex::default(),
            name,
        }))
    }

    /// Whether the server understands clients of this era; `None` where that is not known.
    pub(crate) fn speaks(&self, era: Era) -> Option<bool> {
        self.0.known().of(era)
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
            return self.0.own.send(request).await.map(Offered::Answered);
        }
        let asked = Asked::of(era, &request);
        let kept = (known.is_none() || asked.opens).then(|| request.clone());
        let answer = self.0.own.send(request).await?;
        let (answer, heard) = asked.hear(answer).await;
        let speaks = match heard {
            Heard::Nothing => return Ok(Offered::Answered(answer)),
            Heard::Speaks(speaks) => self.0.remember(speaks),
            Heard::Doubt => {
                // Perhaps it is another server now.
                if known.is_some() && (asked.opens || !media::is_json(answer.headers())) {
                    self.0.forget(era);
                }
                match &kept {
                    Some(kept) => self.0.ask(era, kept.extensions()).await.unwrap_or_default(),
                    None => Speaks::default(),
                }
            }
        };
        Ok(match kept {
            Some(request) if speaks.of(era) == Some(false) => Offered::NotSpoken(request),
            _ => Offered::Answered(answer),
        })
    }
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

    /// What an answer tells, and the answer, whole.
    async fn hear(self, answer: Response<Body>) -> (Response<Body>, Heard) {
        let status = answer.status();
        if tells_nothing(status) || matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT)
        {
            return (answer, Heard::Nothing);
        }
        if status.is_success() && (!self.opens || self.opens_events(&answer)) {
            return (answer, Heard::Speaks(Speaks::this(self.era)));
        }
        if !media::is_json(answer.headers()) {
            return (answer, self.doubtful());
        }
        let (head, body) = answer.into_parts();
        let (text, body) = match Peeked::peek(body, PROBE_BYTES).await {
            Look::Whole(text, body) => (text, body),
            Look::OverLimit(body) | Look::Failed(body) => (Bytes::new(), body),
        };
        let heard = self.judge(status, &text);
        (Response::from_parts(head, body.into_body()), heard)
    }

    /// Whether the answer is a stream that tells enough by that it has come.
    fn opens_events(self, answer: &Response<Body>) -> bool {
        // An earlier server may say in one that there is no `server/discover`.
        self.era == Era::Legacy && media::is_event_stream(answer.headers())
    }

    fn judge(self, status: StatusCode, text: &Bytes) -> Heard {
        let result = edit::member(text, "result").filter(|_| status.is_success());
        if let Some(result) = result {
            return match self.era {
                Era::Modern => judged(status, text).map_or(Heard::Nothing, Heard::Speaks),
                Era::Legacy => Heard::Speaks(agreed(&result)),
            };
        }
        match (refusal(status, text), self.era) {
            (Refused::Version(speaks), _) => Heard::Speaks(speaks),
            (Refused::AsModern, Era::Modern) => Heard::Speaks(Speaks::this(Era::Modern)),
            (Refused::AsModern, Era::Legacy) => Heard::Speaks(Speaks::only(Era::Modern)),
            (Refused::NoMethod | Refused::Otherwise, _) => self.doubtful(),
        }
    }

    /// Of an answer that servers of both eras may give to requests of the other one.
    const fn doubtful(self) -> Heard {
        if matches!(self.era, Era::Modern) || self.opens || self.connects {
            Heard::Doubt
        } else {
            Heard::Nothing
        }
    }
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
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = both;
        }
        both
    }

    fn forget(&self, era: Era) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = known.without(era);
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
        let response = self.own.send(discover(extensions)?).await?;
        let (status, text) = match Answer::read(response, PROBE_BYTES).await? {
            Answer::Whole(head, text) => (head.status, text),
            Answer::Events(head, mut events) => {
                let text = events.next().await?.map(|event| event.text);
                (head.status, text.unwrap_or_default())
            }
        };
        let speaks = judged(status, &text).ok_or_else(|| {
            let message = "the server does not say what it speaks";
            Error::new(ErrorKind::Unavailable, message).with_origin(Origin::Upstream)
        })?;
        Ok(self.remember(speaks))
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
