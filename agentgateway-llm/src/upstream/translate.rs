use std::{
    hash::{BuildHasher, RandomState},
    time::{SystemTime, UNIX_EPOCH},
};

use agentgateway_core::{Error, ErrorKind, Peeked, upstream::retain_headers};
use bytes::Bytes;
use http::{HeaderValue, header, request};
use http_body::Body as HttpBody;

use super::{Provider, prepare::with_path};
use crate::{
    LlmCall, LlmDialect, LlmOperation,
    bridge::{self, AnswerContext, Ends, Exchange, Refused, Target},
};

/// Writes the client's request anew in the provider's dialect.
pub(super) fn translate<B>(
    provider: &Provider,
    model: Option<&str>,
    (call, head): (&LlmCall, &mut request::Parts),
    body: &mut Peeked<B>,
) -> Result<Box<Exchange>, Error>
where
    B: HttpBody<Data = Bytes>,
{
    let operation = call.operation();
    let counts = operation == LlmOperation::CountTokens;
    let (Some(own), Some(client)) = (
        &provider.codec_for(operation),
        bridge::codec_of(call.dialect()),
    ) else {
        return Err(untranslatable(provider, call));
    };
    let Some(bytes) = body.whole() else {
        return Err(Error::new(
            ErrorKind::Internal,
            "the request body was replaced by one that cannot be translated",
        ));
    };
    let ends = Ends {
        client,
        provider: own,
        policy: provider.losses,
    };
    let target = Target::new(call.model(), call.stream());
    let answer = answer_context(call, head);
    let refused = |refused: Refused| {
        let message = refused.message().to_owned();
        Error::new(ErrorKind::InvalidRequest, message)
    };
    let turn = if counts {
        bridge::count::turn_of(call.dialect(), &bytes).map_err(refused)?
    } else {
        &bytes
    };
    let begun = Exchange::begin(ends, &target, turn, model, answer).map_err(refused)?;
    let (exchange, encoded) = if counts {
        let (exchange, turn) = begun;
        let model = model.unwrap_or_else(|| call.model());
        let counted = exchange.counting(turn, model, provider.is_vertex());
        counted.map_err(refused)?
    } else {
        begun
    };
    with_path(&mut head.uri, encoded.path)?;
    let json = HeaderValue::from_static("application/json");
    head.headers.insert(header::CONTENT_TYPE, json);
    retain_headers(&mut head.headers, |name| !is_of_client(name.as_str()));
    head.headers.extend(encoded.headers);
    body.replace_read([encoded.body]);
    Ok(Box::new(exchange))
}

/// What belongs to the client's dialect or tells of its SDK: the provider knows nothing of it.
fn is_of_client(name: &str) -> bool {
    const FAMILIES: [&str; 4] = ["anthropic-", "openai-", "x-goog-", "x-stainless-"];
    const NAMES: [&str; 3] = ["accept", "user-agent", "x-server-timeout"];
    NAMES.contains(&name) || FAMILIES.iter().any(|family| name.starts_with(family))
}

fn untranslatable(provider: &Provider, call: &LlmCall) -> Error {
    let name = provider.identity.name();
    Error::new(
        ErrorKind::InvalidRequest,
        format!(
            "{} of {} has no counterpart at the provider of this route ({name}): send it to a route whose provider speaks {}",
            call.operation(),
            call.dialect().spoken(),
            call.dialect().spoken(),
        ),
    )
}

fn hex(number: u64) -> String {
    let digits = number.to_be_bytes().into_iter();
    let digits = digits.flat_map(|byte| [byte >> 4, byte & 15]);
    let digit = |value: u8| char::from_digit(value.into(), 16);
    digits.filter_map(digit).collect()
}

fn answer_context(call: &LlmCall, head: &request::Parts) -> AnswerContext {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let query = head.uri.query().unwrap_or_default();
    let is_sse = query.split('&').any(|parameter| parameter == "alt=sse");
    AnswerContext {
        model: call.model().to_owned(),
        include_usage: call.asks_for_usage(),
        as_array: call.dialect() == LlmDialect::Gemini && call.stream() && !is_sse,
        now: now.as_secs(),
        // The standard library's random keys differ for each hasher.
        seed: hex(RandomState::new().hash_one(now)),
    }
}
