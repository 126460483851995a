use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::HeaderMap;
use percent_encoding::percent_decode;
use prost::Message;

use super::{
    RpcFault, details,
    google::Status,
    status,
    write::{DETAILS, MESSAGE, STATUS},
};
use crate::wire::error::DOMAIN;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const UNKNOWN: u32 = 2;

// === impl RpcFault ===

impl RpcFault {
    /// The error that trailers, or the head of an answer without a body, hold; `None` where they
    /// have no `grpc-status`, or it says that all went well.
    ///
    /// The reason of an `ErrorInfo` gives the code; where there is none, the name that agents of
    /// v0.3 begin their message with, which is then left out; and else the status: 5 (`NOT_FOUND`)
    /// is -32001, 9 (`FAILED_PRECONDITION`) is -32004, what is no error of A2A is a code of the
    /// gateway, and so is what names the gateway as its domain. A status that is no number is 2 (`UNKNOWN`): -32603. Details whose type is not
    /// known are left out, and so are all of them where they are not what they should be.
    #[must_use]
    pub fn read(trailers: &HeaderMap) -> Option<Self> {
        let number = trailers.get(STATUS)?.to_str().ok();
        let number = number
            .and_then(|number| number.parse().ok())
            .unwrap_or(UNKNOWN);
        if number == 0 {
            return None;
        }
        let rich = rich(trailers).unwrap_or_default();
        let message = match words(trailers) {
            words if words.is_empty() => rich.message,
            words => words,
        };
        let code = details::error_info(&rich.details).and_then(|info| {
            let of_gateway = info.domain == DOMAIN;
            status::code_of_reason(&info.reason)
                .or_else(|| of_gateway.then(|| status::to_gateway_code(number)))
        });
        let (code, message) = match (code, status::named(&message)) {
            (Some(code), _) => (code, message),
            (None, Some((code, rest))) => (code, rest.to_owned()),
            (None, None) => (status::to_code(number), message),
        };
        Some(Self {
            code,
            message,
            details: details::to_json(&rich.details),
        })
    }
}

fn words(trailers: &HeaderMap) -> String {
    let words = trailers
        .get(MESSAGE)
        .map_or(&b""[..], |words| words.as_bytes());
    percent_decode(words).decode_utf8_lossy().into_owned()
}

fn rich(trailers: &HeaderMap) -> Option<Status> {
    let encoded = trailers.get(DETAILS)?.as_bytes();
    Status::decode(&*LENIENT.decode(encoded).ok()?).ok()
}
