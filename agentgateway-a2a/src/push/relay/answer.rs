//! The client's URL in the place of the relay's.

use agentgateway_core::{
    Body, Error,
    json::{self, JsonType, Raw, Splice, quote, with_members},
};
use bytes::Bytes;
use http::{
    HeaderValue, Response,
    header::{CONTENT_LENGTH, ETAG},
};

use super::PushRelay;
use crate::{A2aBinding, A2aCall, A2aVersion, bridge::gather};

/// The longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// A configuration stands in a list within a result, in an envelope.
const MAX_DEPTH: usize = 4;

/// The answer to a call, with the client's own URLs.
pub(super) async fn restored(
    relay: &PushRelay,
    call: &A2aCall,
    answer: Response<Body>,
) -> Result<Response<Body>, Error> {
    if call.binding() == A2aBinding::Grpc {
        return of_grpc(relay, call, answer).await;
    }
    let (mut head, body) = answer.into_parts();
    let (text, _) = gather::whole(body, MAX_ANSWER_BYTES).await?;
    let edited = edited(relay, call.version(), &text);
    if edited != text {
        head.headers.remove(ETAG);
        if head.headers.contains_key(CONTENT_LENGTH) {
            let length = HeaderValue::from(edited.len());
            head.headers.insert(CONTENT_LENGTH, length);
        }
    }
    Ok(Response::from_parts(head, Body::from(edited)))
}

fn edited(relay: &PushRelay, version: A2aVersion, text: &Bytes) -> Bytes {
    let Ok(raw) = Raw::parse(text) else {
        return text.clone();
    };
    let mut configs = Vec::new();
    collect(relay, raw, 0, &mut configs);
    let mut splice = Splice::new(text.clone());
    for (config, url) in configs {
        let Some(registration) = relay.registered(&url) else {
            continue;
        };
        let object = json::slice_of(text, config).unwrap_or_default();
        // What the client proves itself by is not told again, to whoever asks.
        let changes = [
            ("url", Some(quote(&registration.url).into())),
            ("token", None),
            (
                "authentication",
                registration.masked(version).map(Bytes::from),
            ),
        ];
        if let Ok(with) = with_members(&object, &changes) {
            splice = splice.replace_value(config, with);
        }
    }
    splice.joined().unwrap_or_else(|_| text.clone())
}

/// Objects whose `url` is one of the relay's, and that URL.
fn collect<'a>(relay: &PushRelay, raw: Raw<'a>, depth: usize, found: &mut Vec<(Raw<'a>, String)>) {
    if depth > MAX_DEPTH {
        return;
    }
    match json::type_of(raw) {
        JsonType::Array => {
            let _ = json::elements(raw, |element| collect(relay, element, depth + 1, found));
        }
        JsonType::Object => {
            let names = [
                "url",
                "result",
                "configs",
                "config",
                "pushNotificationConfig",
                "push_notification_config",
            ];
            let Ok([url, more @ ..]) = json::members_of(raw, names) else {
                return;
            };
            let url = url.and_then(json::string);
            match url.filter(|url| url.starts_with(&*relay.shared().prefix)) {
                Some(url) => found.push((raw, url.into_owned())),
                None => more
                    .into_iter()
                    .flatten()
                    .for_each(|value| collect(relay, value, depth + 1, found)),
            }
        }
        _ => {}
    }
}

#[cfg(feature = "grpc")]
async fn of_grpc(
    relay: &PushRelay,
    call: &A2aCall,
    answer: Response<Body>,
) -> Result<Response<Body>, Error> {
    use agentgateway_core::jsonrpc::RpcId;

    use crate::bridge::{LossReport, Speech, read_answer, write_answer};

    let speech = Speech::new(A2aBinding::Grpc, call.version());
    let (head, body) = answer.into_parts();
    let (bytes, trailers) = gather::whole(body, MAX_ANSWER_BYTES).await?;
    let mut loss = LossReport::default();
    let told = (&head.headers, trailers.as_ref());
    let operation = call.operation();
    let said = read_answer(speech, operation, head.status, told, &bytes, &mut loss)?
        .map(|result| edited(relay, A2aVersion::V1_0, &result));
    let mut answer = write_answer(speech, operation, said, &RpcId::null(), &mut loss)?;
    *answer.extensions_mut() = head.extensions;
    Ok(answer)
}

#[cfg(not(feature = "grpc"))]
async fn of_grpc(
    _: &PushRelay,
    _: &A2aCall,
    answer: Response<Body>,
) -> Result<Response<Body>, Error> {
    Ok(answer)
}
