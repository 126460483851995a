use agentgateway_core::json::{JsonType, Raw, elements, members_of, string, type_of};
use bytes::Bytes;
use prost::Message;
use prost_types::Any;

use super::google::{BadRequest, ErrorInfo, RequestInfo};
use crate::wire::grpc::{
    GrpcError,
    proto_json::{Losses, ProtoJson, Writer},
};

/// The types that are known here; each is also the end of the URL that an `Any` has.
pub(super) const ERROR_INFO: &str = "google.rpc.ErrorInfo";
const REQUEST_INFO: &str = "google.rpc.RequestInfo";
const BAD_REQUEST: &str = "google.rpc.BadRequest";
const PREFIX: &str = "type.googleapis.com/";

/// The most details that are read from either form.
const MAX_DETAILS: usize = 16;

/// The details that are objects of known types in an array of JSON; others are left out.
pub(super) fn from_json(json: &[u8]) -> Vec<Any> {
    let mut details = Vec::new();
    let Ok(raw) = Raw::parse(json) else {
        return details;
    };
    // What is no array has no details that gRPC knows.
    let _ = elements(raw, |detail| {
        if details.len() < MAX_DETAILS {
            details.extend(any_of_json(detail));
        }
    });
    details
}

/// Whether JSON is an array of objects that each have an `@type`.
pub(super) fn is_typed(json: &[u8]) -> bool {
    let Ok(raw) = Raw::parse(json) else {
        return false;
    };
    let mut typed = true;
    elements(raw, |detail| typed &= type_url(detail).is_some()).is_ok() && typed
}

/// The JSON of the details whose types are known; `None` where there are none.
pub(super) fn to_json(details: &[Any]) -> Option<Bytes> {
    let known: Vec<_> = details
        .iter()
        .take(MAX_DETAILS)
        .filter_map(any_to_json)
        .collect();
    (!known.is_empty()).then(|| Bytes::from(format!("[{}]", known.join(","))))
}

/// The first detail that says why.
pub(super) fn error_info(details: &[Any]) -> Option<ErrorInfo> {
    let info = details
        .iter()
        .find(|any| type_name(&any.type_url) == ERROR_INFO)?;
    ErrorInfo::decode(&*info.value).ok()
}

pub(super) fn any(name: &str, message: &impl Message) -> Any {
    Any {
        type_url: format!("{PREFIX}{name}"),
        value: message.encode_to_vec(),
    }
}

fn any_of_json(raw: Raw<'_>) -> Option<Any> {
    let url = type_url(raw)?;
    match type_name(&url) {
        ERROR_INFO => packed::<ErrorInfo>(ERROR_INFO, raw),
        REQUEST_INFO => packed::<RequestInfo>(REQUEST_INFO, raw),
        BAD_REQUEST => packed::<BadRequest>(BAD_REQUEST, raw),
        _ => None,
    }
}

fn any_to_json(any: &Any) -> Option<String> {
    match type_name(&any.type_url) {
        ERROR_INFO => unpacked::<ErrorInfo>(ERROR_INFO, any),
        REQUEST_INFO => unpacked::<RequestInfo>(REQUEST_INFO, any),
        BAD_REQUEST => unpacked::<BadRequest>(BAD_REQUEST, any),
        _ => None,
    }
}

fn packed<M: Message + ProtoJson>(name: &str, raw: Raw<'_>) -> Option<Any> {
    let message = M::read(raw, &mut Losses::default()).ok()?;
    Some(any(name, &message))
}

fn unpacked<M: Message + Default + ProtoJson>(name: &str, any: &Any) -> Option<String> {
    let message = M::decode(&*any.value).ok()?;
    let json = written(&message).ok()?;
    let members = json.strip_prefix('{')?;
    let comma = if members == "}" { "" } else { "," };
    Some(format!(r#"{{"@type":"{PREFIX}{name}"{comma}{members}"#))
}

fn written(message: &impl ProtoJson) -> Result<String, GrpcError> {
    let mut out = Writer::default();
    message.write(&mut out)?;
    Ok(out.into_string())
}

fn type_url(raw: Raw<'_>) -> Option<String> {
    if type_of(raw) != JsonType::Object {
        return None;
    }
    let [url] = members_of(raw, ["@type"]).ok()?;
    string(url?).map(|url| url.into_owned())
}

/// The type that a URL ends with.
fn type_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}
