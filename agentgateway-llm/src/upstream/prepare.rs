use std::borrow::Cow;

use agentgateway_core::{Error, ErrorKind, Peeked};
use bytes::Bytes;
use http::{Method, Uri, request, uri::PathAndQuery};
use http_body::Body as HttpBody;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{
    CallPath, LlmAttempt, ModelOverride, Provider, headers, paths::Paths, splice::Edits,
    translate::translate,
};
use crate::{
    LlmCall, LlmDialect, LlmOperation,
    bridge::Exchange,
    call::ReadBody,
    wire::{self, Places},
};

/// What may stand in a path's segment as it is; a colon would begin Gemini's method.
pub(super) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');
/// The names under which Gemini takes a credential in the query.
const KEYS: [&str; 2] = ["key", "access_token"];

/// What a request became, and what its answer needs.
#[derive(Debug)]
pub(super) enum Prepared {
    /// It goes on as it is; whether the usage was asked for in addition.
    Passed { usage_injected: bool },
    /// It was written anew in another dialect.
    Translated(Box<Exchange>),
}

/// Makes a request the gateway's own.
pub(super) fn prepare<B>(
    provider: &Provider,
    head: &mut request::Parts,
    body: &mut Peeked<B>,
) -> Result<Prepared, Error>
where
    B: HttpBody<Data = Bytes>,
{
    let call = head.extensions.get::<LlmCall>().cloned();
    let asked = head.extensions.remove::<ModelOverride>();
    let read = head.extensions.remove::<ReadBody>();
    let own = asked.as_ref().map(ModelOverride::as_str);
    let own = own.or(provider.model.as_deref());
    let prepared = match &call {
        None => {
            check_path(provider, head)?;
            Prepared::Passed {
                usage_injected: false,
            }
        }
        Some(call) if provider.speaks(call.dialect()) => Prepared::Passed {
            usage_injected: edit(provider, own, (call, head), read.as_ref(), body)?,
        },
        Some(call) => Prepared::Translated(translate(provider, own, (call, head), body)?),
    };
    if let Some(call) = &call {
        let attempt = LlmAttempt::new(provider, call, own);
        let made = made_path(provider.paths.as_ref(), (call, &attempt), head);
        if let Some(path) = made {
            with_path(&mut head.uri, path)?;
        }
        head.extensions.insert(attempt);
    }
    if !provider.passes_client_credential() {
        without_keys(&mut head.uri)?;
    }
    provider.endpoint.apply(head)?;
    headers::prepare(&mut head.headers, provider);
    headers::mend_length(&mut head.headers, body.size_hint().exact());
    head.extensions.insert(provider.identity.clone());
    if let Some(credential) = &provider.credential {
        credential.attach(head, body.whole().as_deref())?;
    }
    Ok(prepared)
}

/// The path as the provider has it.
fn made_path(
    paths: Option<&Paths>,
    (call, attempt): (&LlmCall, &LlmAttempt),
    head: &request::Parts,
) -> Option<String> {
    let usual = head.uri.path_and_query()?.as_str();
    paths?.make(&CallPath {
        dialect: attempt.dialect(),
        operation: attempt.operation(),
        model: attempt.model().unwrap_or_else(|| call.model()),
        stream: call.stream(),
        usual,
    })
}

fn check_path(provider: &Provider, head: &request::Parts) -> Result<(), Error> {
    let path = head.uri.path();
    if head.method == Method::POST && wire::target(path).is_some() {
        return Err(Error::new(
            ErrorKind::UnsupportedMediaType,
            "this path takes a JSON body: send it with content-type: application/json",
        ));
    }
    if provider.allow_other_paths && head.method == Method::POST && is_call_in_disguise(path) {
        return Err(Error::new(
            ErrorKind::NotFound,
            "no such path: write the path of a call for a model as the API has it",
        ));
    }
    if provider.allow_other_paths || is_model_list(head) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::NotFound,
        "no such path: calls for models and lists of models are served here",
    ))
}

/// Whether a provider may read a call's path in this one, which was read as none: encoded where it need not be, in
/// another case, with slashes or dots that say nothing.
fn is_call_in_disguise(path: &str) -> bool {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split(['/', '\\']) {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let plain = format!("/{}", segments.join("/"));
    // The methods of Gemini have capitals.
    wire::target(&plain).is_some() || wire::target(&plain.to_ascii_lowercase()).is_some()
}

/// `GET …/models` and `GET …/models/{model}`
fn is_model_list(head: &request::Parts) -> bool {
    let path = head.uri.path();
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let climbs = decoded.split(['/', '\\']).any(|segment| segment == "..");
    matches!(head.method, Method::GET | Method::HEAD)
        && !climbs
        && (path.ends_with("/models") || path.contains("/models/"))
}

fn edit<B>(
    provider: &Provider,
    own: Option<&str>,
    (call, head): (&LlmCall, &mut request::Parts),
    read: Option<&ReadBody>,
    body: &mut Peeked<B>,
) -> Result<bool, Error>
where
    B: HttpBody<Data = Bytes>,
{
    let own_model = own.filter(|own| *own != call.model());
    let in_path = call.dialect().names_model_in_path();
    if let (Some(model), true) = (own_model, in_path) {
        with_model(&mut head.uri, model)?;
    }
    let edits = Edits {
        model: own_model.filter(|_| !in_path),
        inject_usage: wants_usage(provider, call),
    };
    if edits.is_empty() {
        return Ok(false);
    }
    let Some(bytes) = body.whole() else {
        return Err(Error::new(
            ErrorKind::Internal,
            "the request body was replaced by one that cannot be edited",
        ));
    };
    let places = places(call, read, &bytes)?;
    let injects = edits.inject_usage && !places.stream_options.asks_for_usage();
    body.replace_read(edits.apply(bytes, &places)?);
    Ok(injects)
}

fn wants_usage(provider: &Provider, call: &LlmCall) -> bool {
    provider.inject_usage
        && call.dialect() == LlmDialect::OpenAiChat
        && call.operation() == LlmOperation::Chat
        && call.stream()
        && !call.asks_for_usage()
}

/// The places that were found when the call was read, unless another layer changed the body since.
fn places<'a>(
    call: &'a LlmCall,
    read: Option<&ReadBody>,
    body: &Bytes,
) -> Result<Cow<'a, Places>, Error> {
    if read.is_some_and(|read| read.is(body)) {
        return Ok(Cow::Borrowed(call.places()));
    }
    wire::read_places(call.dialect(), body)
        .map(Cow::Owned)
        .map_err(|refusal| Error::new(ErrorKind::InvalidRequest, refusal.message))
}

/// Puts another model into a path that names it (Gemini, Bedrock).
fn with_model(uri: &mut Uri, model: &str) -> Result<(), Error> {
    let path = uri.path();
    let range = wire::target(path).and_then(|target| target.model);
    let Some((before, after)) = range.and_then(|range| {
        let before = path.get(..range.start)?;
        Some((before, path.get(range.end..)?))
    }) else {
        return Err(Error::new(
            ErrorKind::Internal,
            "the path does not name the model",
        ));
    };
    let model = utf8_percent_encode(model, SEGMENT);
    let query = uri.query().map(|query| format!("?{query}"));
    let path = format!("{before}{model}{after}{}", query.unwrap_or_default());
    with_path(uri, path)
}

/// Takes credentials out of the query; all other parameters stay as they are written.
fn without_keys(uri: &mut Uri) -> Result<(), Error> {
    let Some(query) = uri.query() else {
        return Ok(());
    };
    let is_key = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8_lossy();
        KEYS.contains(&name.as_ref())
    };
    if !query.split('&').any(|parameter| is_key(&parameter)) {
        return Ok(());
    }
    let kept: Vec<_> = query.split('&').filter(|p| !is_key(p)).collect();
    let mut path = uri.path().to_owned();
    if !kept.is_empty() {
        path.push('?');
        path.push_str(&kept.join("&"));
    }
    with_path(uri, path)
}

pub(super) fn with_path(uri: &mut Uri, path: String) -> Result<(), Error> {
    let invalid =
        |error| Error::new(ErrorKind::InvalidRequest, "the path is not valid").with_source(error);
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|e| invalid(e.into()))?);
    *uri = Uri::from_parts(parts).map_err(|e| invalid(http::Error::from(e)))?;
    Ok(())
}
