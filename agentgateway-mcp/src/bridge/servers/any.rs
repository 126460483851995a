use std::sync::{Arc, PoisonError, RwLock};

use agentgateway_core::{Body, Error, ErrorKind, error::Origin, json, jsonrpc::RpcId, media};
use bytes::Bytes;
use http::{Extensions, Request, Response, StatusCode};
use tokio::sync::Mutex;

use super::{LegacyServer, results};
use crate::{
    Era, McpServer,
    bridge::{Answer, Ask, edit},
    upstream::{Answering, Serve},
    wire::{
        META, McpMethod, MetaKey, ProtocolVersion,
        error::{HEADER_MISMATCH, METHOD_NOT_FOUND, MISSING_CAPABILITY, UNSUPPORTED_VERSION},
    },
};

/// A server of any revision that looks like one of 2026-07-28.
///
/// What it speaks is found out by the first request and remembered until it answers otherwise. One that
/// speaks 2026-07-28 is sent every request as it is.
#[derive(Clone, Debug)]
pub struct AnyServer {
    legacy: LegacyServer,
    speaks: Option<Speaks>,
}

/// Of which eras the revisions are that a server speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Speaks {
    pub(crate) modern: bool,
    pub(crate) legacy: bool,
}

impl Speaks {
    const fn only(era: Era) -> Self {
        Self {
            modern: matches!(era, Era::Modern),
            legacy: matches!(era, Era::Legacy),
        }
    }

    /// Whether a client of this era and the server understand each other.
    pub(crate) const fn is_understood_by(self, era: Era) -> bool {
        match era {
            Era::Modern => self.modern,
            Era::Legacy => self.legacy,
        }
    }
}

impl AnyServer {
    /// Speaks to a server as this bridge does where it is of an earlier revision.
    #[must_use]
    pub const fn new(legacy: LegacyServer) -> Self {
        Self {
            legacy,
            speaks: None,
        }
    }

    /// The era of the server, which is then not asked for. Default: it is found out.
    #[must_use]
    pub fn era(mut self, era: impl Into<Option<Era>>) -> Self {
        self.speaks = era.into().map(Speaks::only);
        self
    }

    /// The server as one of 2026-07-28.
    #[must_use]
    pub fn into_server(self) -> McpServer {
        McpServer::of(self.found())
    }

    /// The server, whatever it speaks.
    pub(crate) fn found(self) -> Found {
        Found(Arc::new(Finding {
            own: self.legacy.server().clone(),
            modern: self.legacy.into_server(),
            known: RwLock::new(self.speaks),
            is_told: self.speaks.is_some(),
            asking: Mutex::default(),
        }))
    }
}

/// A server whose revisions are found out.
#[derive(Clone, Debug)]
pub(crate) struct Found(Arc<Finding>);

#[derive(Debug)]
struct Finding {
    /// The server as it is.
    own: McpServer,
    /// An earlier server as one of 2026-07-28.
    modern: McpServer,
    known: RwLock<Option<Speaks>>,
    /// Nobody has to find out.
    is_told: bool,
    asking: Mutex<()>,
}

impl Serve for Found {
    fn serve(&self, request: Request<Bytes>) -> Answering {
        let found = self.clone();
        Box::pin(async move {
            let speaks = found.speaks(request.extensions()).await?;
            found.send(speaks, request).await
        })
    }
}

impl Found {
    /// The server as it is, for a client that understands it.
    pub(crate) fn own(&self) -> &McpServer {
        &self.0.own
    }

    /// What the server speaks, where it has been found out.
    pub(crate) fn known(&self) -> Option<Speaks> {
        self.0.known()
    }

    /// What the server speaks.
    ///
    /// # Errors
    /// It does not say.
    pub(crate) async fn speaks(&self, extensions: &Extensions) -> Result<Speaks, Error> {
        if let Some(speaks) = self.0.known() {
            return Ok(speaks);
        }
        let _one_at_a_time = self.0.asking.lock().await;
        if let Some(speaks) = self.0.known() {
            return Ok(speaks);
        }
        let speaks = self.0.ask(extensions).await?;
        self.0.remember(Some(speaks));
        Ok(speaks)
    }

    /// Sends a request of 2026-07-28.
    async fn send(&self, speaks: Speaks, request: Request<Bytes>) -> Result<Response<Body>, Error> {
        if speaks.modern {
            let answer = self.0.own.send(request).await?;
            if is_strange(&answer) {
                self.0.remember(None);
            }
            return Ok(answer);
        }
        let answer = self.0.modern.send(request).await;
        if answer
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::BadAnswer)
        {
            self.0.remember(None);
        }
        answer
    }
}

/// Whether no server of 2026-07-28 would answer so: perhaps it is another one now.
fn is_strange(answer: &Response<Body>) -> bool {
    let refused = matches!(
        answer.status(),
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    );
    refused && !media::is_json(answer.headers())
}

impl Finding {
    fn known(&self) -> Option<Speaks> {
        *self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, speaks: Option<Speaks>) {
        if !self.is_told {
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = speaks;
        }
    }

    /// Asks the server what it speaks. What decides nothing is an error and is not remembered.
    ///
    /// # Source
    /// MCP 2026-07-28, Versioning, Backward compatibility.
    async fn ask(&self, extensions: &Extensions) -> Result<Speaks, Error> {
        let meta = json::with_members(
            &Bytes::from_static(b"{}"),
            &[
                (MetaKey::CLIENT_INFO, Some(super::options::CLIENT_INFO)),
                (MetaKey::CLIENT_CAPABILITIES, Some("{}".into())),
            ],
        );
        let params = json::with_members(&Bytes::from_static(b"{}"), &[(META, meta.ok())])
            .map_err(crate::bridge::ask::invalid)?;
        let discover = Ask::new(
            &RpcId::string("discover"),
            &McpMethod::SERVER_DISCOVER,
            &params,
        )
        .with_extensions(extensions)
        .into_modern(ProtocolVersion::LATEST)?;
        let response = self.own.send(discover).await?;
        let (head, text) = match Answer::read(response, PROBE_BYTES).await? {
            Answer::Whole(head, text) => (head, text),
            Answer::Events(head, mut events) => {
                let text = events.next().await?.map(|event| event.text);
                (head, text.unwrap_or_default())
            }
        };
        judged(head.status, &text).ok_or_else(|| {
            Error::new(
                ErrorKind::Unavailable,
                "the server does not say what it speaks",
            )
            .with_origin(Origin::Upstream)
        })
    }
}

/// How long an answer to `server/discover` may be.
const PROBE_BYTES: usize = 1024 * 1024;

/// What a server speaks that answers `server/discover` so; `None` where that tells nothing.
fn judged(status: StatusCode, text: &Bytes) -> Option<Speaks> {
    if status.is_server_error()
        || matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
        )
    {
        return None;
    }
    if let Some(result) = edit::member(text, "result") {
        // What the server lists counts, not that it has answered.
        return Some(spoken(&result, "supportedVersions"));
    }
    let error = edit::member(text, "error").unwrap_or_default();
    let data = edit::member(&error, "data").unwrap_or_default();
    match results::code(&error) {
        Some(UNSUPPORTED_VERSION) => Some(spoken(&data, "supported")),
        Some(HEADER_MISMATCH | MISSING_CAPABILITY) => Some(Speaks::only(Era::Modern)),
        Some(METHOD_NOT_FOUND) if status == StatusCode::NOT_FOUND => {
            Some(Speaks::only(Era::Modern))
        }
        // All else is how servers answer that do not know the method, or want a session first.
        _ => Some(Speaks::only(Era::Legacy)),
    }
}

fn spoken(object: &Bytes, key: &str) -> Speaks {
    let mut found = Speaks::default();
    if let Some(list) = edit::member(object, key) {
        if let Ok(list) = json::Raw::parse(&list) {
            let _ = json::elements(list, |version| {
                let version = json::string(version).unwrap_or_default();
                found.modern |= version == ProtocolVersion::LATEST;
                found.legacy |= ProtocolVersion::SPOKEN.contains(&&*version)
                    && ProtocolVersion::new(&version).era() == Era::Legacy;
            });
        }
    }
    if found == Speaks::default() {
        // It says nothing that is understood here: then the handshake will tell.
        return Speaks::only(Era::Legacy);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_answers_tells_its_era() {
        let modern = Some(Speaks::only(Era::Modern));
        let legacy = Some(Speaks::only(Era::Legacy));
        let both = Some(Speaks {
            modern: true,
            legacy: true,
        });
        for (status, text, era) in [
            (
                200,
                r#"{"result":{"supportedVersions":["2025-11-25","2026-07-28"]}}"#,
                both,
            ),
            (
                200,
                r#"{"result":{"supportedVersions":["2026-07-28"]}}"#,
                modern,
            ),
            (
                200,
                r#"{"result":{"supportedVersions":["3000-01-01"]}}"#,
                legacy,
            ),
            (
                200,
                r#"{"result":{"supportedVersions":["2025-11-25"]}}"#,
                legacy,
            ),
            (200, r#"{"error":{"code":-32601}}"#, legacy),
            (404, r#"{"error":{"code":-32601}}"#, modern),
            (404, "", legacy),
            (405, "<html>", legacy),
            (
                400,
                r#"{"error":{"code":-32000,"message":"no session"}}"#,
                legacy,
            ),
            (400, r#"{"error":{"code":-32020}}"#, modern),
            (
                400,
                r#"{"error":{"code":-32022,"data":{"supported":["2025-11-25"]}}}"#,
                legacy,
            ),
            (
                400,
                r#"{"error":{"code":-32022,"data":{"supported":["2026-07-28"]}}}"#,
                modern,
            ),
            (401, r#"{"error":{"code":-32020}}"#, None),
            (503, "", None),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let found = judged(status, &Bytes::from_static(text.as_bytes()));
            assert_eq!(found, era, "{status} {text}");
        }
    }
}
