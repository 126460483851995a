use std::sync::{Arc, PoisonError, RwLock};

use agentgateway_core::{Body, Error, ErrorKind, error::Origin, json, jsonrpc::RpcId};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
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
/// Which era it is of is found out by the first request and remembered. One that speaks 2026-07-28 is sent
/// every request as it is.
#[derive(Clone, Debug)]
pub struct AnyServer {
    legacy: LegacyServer,
    era: Option<Era>,
}

impl AnyServer {
    /// Speaks to a server as this bridge does where it is of an earlier revision.
    #[must_use]
    pub const fn new(legacy: LegacyServer) -> Self {
        Self { legacy, era: None }
    }

    /// The server's era, which is then not asked for. Default: it is found out.
    #[must_use]
    pub fn era(mut self, era: impl Into<Option<Era>>) -> Self {
        self.era = era.into();
        self
    }

    /// The server as one of 2026-07-28.
    #[must_use]
    pub fn into_server(self) -> McpServer {
        let modern = self.legacy.server().clone();
        match self.era {
            Some(Era::Modern) => modern,
            Some(Era::Legacy) => self.legacy.into_server(),
            None => McpServer::of(Found(Arc::new(Finding {
                modern,
                legacy: self.legacy.into_server(),
                known: RwLock::default(),
                asking: Mutex::default(),
            }))),
        }
    }
}

struct Found(Arc<Finding>);

struct Finding {
    modern: McpServer,
    legacy: McpServer,
    known: RwLock<Option<Era>>,
    asking: Mutex<()>,
}

impl Serve for Found {
    fn serve(&self, request: Request<Bytes>) -> Answering {
        match self.0.known() {
            Some(Era::Modern) => self.0.modern.send(request),
            Some(Era::Legacy) => self.0.legacy.send(request),
            None => {
                let finding = self.0.clone();
                Box::pin(async move { finding.first(request).await })
            }
        }
    }
}

impl Finding {
    fn known(&self) -> Option<Era> {
        *self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    async fn first(&self, request: Request<Bytes>) -> Result<Response<Body>, Error> {
        let era = {
            let _one_at_a_time = self.asking.lock().await;
            match self.known() {
                Some(era) => era,
                None => {
                    let era = self.ask(request.extensions()).await?;
                    let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                    *known = Some(era);
                    era
                }
            }
        };
        match era {
            Era::Modern => self.modern.send(request).await,
            Era::Legacy => self.legacy.send(request).await,
        }
    }

    /// Asks the server what it speaks. What decides nothing is an error and is not remembered.
    ///
    /// # Source
    /// MCP 2026-07-28, Versioning, Backward compatibility.
    async fn ask(&self, extensions: &http::Extensions) -> Result<Era, Error> {
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
        let response = self.modern.send(discover).await?;
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
fn judged(status: StatusCode, text: &Bytes) -> Option<Era> {
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
        Some(HEADER_MISMATCH | MISSING_CAPABILITY) => Some(Era::Modern),
        Some(METHOD_NOT_FOUND) if status == StatusCode::NOT_FOUND => Some(Era::Modern),
        // All else is how servers answer that do not know the method, or want a session first.
        _ => Some(Era::Legacy),
    }
}

fn spoken(object: &Bytes, key: &str) -> Era {
    let mut found = Era::Legacy;
    if let Some(list) = edit::member(object, key) {
        if let Ok(list) = json::Raw::parse(&list) {
            let _ = json::elements(list, |version| {
                if json::string(version).as_deref() == Some(ProtocolVersion::LATEST) {
                    found = Era::Modern;
                }
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_answers_tells_its_era() {
        let (modern, legacy) = (Some(Era::Modern), Some(Era::Legacy));
        for (status, text, era) in [
            (
                200,
                r#"{"result":{"supportedVersions":["2025-11-25","2026-07-28"]}}"#,
                modern,
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
