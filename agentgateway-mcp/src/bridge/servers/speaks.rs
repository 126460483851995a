//! What an answer tells of the revisions that its server speaks.

use agentgateway_core::json;
use bytes::Bytes;
use http::StatusCode;

use super::results;
use crate::{
    Era,
    bridge::edit,
    wire::{
        ProtocolVersion,
        error::{HEADER_MISMATCH, METHOD_NOT_FOUND, MISSING_CAPABILITY, UNSUPPORTED_VERSION},
    },
};

/// Of which eras the revisions are that a server speaks, as far as it has told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Speaks {
    modern: Option<bool>,
    legacy: Option<bool>,
}

impl Speaks {
    /// That it speaks this era; nothing of the other one.
    pub(super) const fn this(era: Era) -> Self {
        match era {
            Era::Modern => Self {
                modern: Some(true),
                legacy: None,
            },
            Era::Legacy => Self {
                modern: None,
                legacy: Some(true),
            },
        }
    }

    pub(super) const fn only(era: Era) -> Self {
        let is_modern = matches!(era, Era::Modern);
        Self {
            modern: Some(is_modern),
            legacy: Some(!is_modern),
        }
    }

    /// Whether the server understands clients of this era.
    pub(super) const fn of(self, era: Era) -> Option<bool> {
        match era {
            Era::Modern => self.modern,
            Era::Legacy => self.legacy,
        }
    }

    /// With what has been told since.
    pub(super) fn and(self, later: Self) -> Self {
        Self {
            modern: later.modern.or(self.modern),
            legacy: later.legacy.or(self.legacy),
        }
    }

    /// Without what was known of this era.
    pub(super) const fn without(self, era: Era) -> Self {
        match era {
            Era::Modern => Self {
                modern: None,
                ..self
            },
            Era::Legacy => Self {
                legacy: None,
                ..self
            },
        }
    }
}

/// Whether an answer with this status tells nothing: somebody on the way may have given it, or the server
/// for a reason of its own.
pub(super) fn tells_nothing(status: StatusCode) -> bool {
    let is_refused = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::TOO_MANY_REQUESTS
    );
    is_refused || !(status.is_success() || status.is_client_error())
}

/// What a server speaks that answers `server/discover` so; `None` where that tells nothing.
///
/// # Source
/// MCP 2026-07-28, Versioning, Backward compatibility.
pub(super) fn judged(status: StatusCode, text: &Bytes) -> Option<Speaks> {
    if tells_nothing(status) {
        return None;
    }
    if let Some(result) = edit::member(text, "result") {
        // What the server lists counts, not that it has answered.
        return Some(spoken(&result, "supportedVersions"));
    }
    let speaks = match refusal(status, text) {
        Refused::Version(speaks) => speaks,
        Refused::AsModern => Speaks::only(Era::Modern),
        Refused::NoMethod if status == StatusCode::NOT_FOUND => Speaks::only(Era::Modern),
        // All else is how servers answer that do not know the method, or want a session first.
        Refused::NoMethod | Refused::Otherwise => Speaks::only(Era::Legacy),
    };
    Some(speaks)
}

/// What a server speaks that answers `initialize` with this result.
///
/// One of 2026-07-28 may answer it, too, and name that revision, which has no sessions.
pub(super) fn agreed(result: &Bytes) -> Speaks {
    let version = edit::text(result, "protocolVersion");
    if version.is_some_and(|version| version == ProtocolVersion::LATEST) {
        return Speaks::only(Era::Modern);
    }
    Speaks::this(Era::Legacy)
}

/// How a server refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It does not speak its revision, but these.
    Version(Speaks),
    /// As only servers of 2026-07-28 do.
    AsModern,
    /// The method is not there.
    NoMethod,
    Otherwise,
}

pub(super) fn refusal(status: StatusCode, text: &Bytes) -> Refused {
    let error = edit::member(text, "error").unwrap_or_default();
    match results::code(&error) {
        Some(METHOD_NOT_FOUND) => Refused::NoMethod,
        // Earlier servers may mean by these numbers what they like, but with another status.
        _ if status.is_success() => Refused::Otherwise,
        Some(UNSUPPORTED_VERSION) => {
            let data = edit::member(&error, "data").unwrap_or_default();
            Refused::Version(spoken(&data, "supported"))
        }
        Some(HEADER_MISMATCH | MISSING_CAPABILITY) => Refused::AsModern,
        _ => Refused::Otherwise,
    }
}

fn spoken(object: &Bytes, key: &str) -> Speaks {
    let (mut modern, mut legacy) = (false, false);
    if let Some(list) = edit::member(object, key) {
        if let Ok(list) = json::Raw::parse(&list) {
            let _ = json::elements(list, |version| {
                let version = json::string(version).unwrap_or_default();
                modern |= version == ProtocolVersion::LATEST;
                legacy |= ProtocolVersion::SPOKEN.contains(&&*version)
                    && ProtocolVersion::new(&version).era() == Era::Legacy;
            });
        }
    }
    if !modern && !legacy {
        // It says nothing that is understood here: then the handshake will tell.
        return Speaks::only(Era::Legacy);
    }
    Speaks {
        modern: Some(modern),
        legacy: Some(legacy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_answers_tells_its_era() {
        let modern = Some(Speaks::only(Era::Modern));
        let legacy = Some(Speaks::only(Era::Legacy));
        let both = Some(Speaks {
            modern: Some(true),
            legacy: Some(true),
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
