//! One call, translated there and back.

use std::future::poll_fn;

use agentgateway_core::{
    Body, Error, ErrorKind, Peeked,
    json::{quote, with_members},
    jsonrpc::RpcId,
    media,
    upstream::Endpoint,
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header as names, request,
    response,
};

use super::{
    AsTenant, Fault, Interface, LossReport, Speech,
    answers::{self, Said},
    events::{Reader, Translated, Writer},
    gather,
    loss::StreamLosses,
    requests::{self, Asked, Sent},
    shape::{wants_no_history, without_history},
};
use crate::{
    A2aCall,
    upstream::{A2aAgent, Directed},
    wire::{A2aBinding, A2aVersion, code, header},
};

/// How large what is read at once may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) answer_bytes: usize,
    pub(crate) event_bytes: usize,
}

/// A client's call to an interface that speaks something else.
///
/// # Errors
/// The call has no place in what the agent speaks, or its answer none in what the client speaks; those of
/// the agent's service.
///
/// # Cancel safety
/// Dropping the future drops the request to the agent.
pub(crate) async fn translate(
    agent: &A2aAgent,
    interface: &Interface,
    call: &A2aCall,
    request: Request<Bytes>,
    limits: Limits,
) -> Result<Response<Body>, Error> {
    let client = Speech::new(call.binding(), call.version());
    let mut loss = LossReport::default();
    let (mut head, body) = request.into_parts();
    let id = call.id().cloned().unwrap_or_else(|| RpcId::from(1));
    let prepared = prepare(client, interface, (call, &id), (&head, &body), &mut loss);
    let (asked, sent) = match prepared {
        Ok(prepared) => prepared,
        Err(fault) => return answers::write(client, call.operation(), Err(fault), &id, &mut loss),
    };
    let place = directed(&mut head, interface, &sent)?;
    head.extensions.remove::<AsTenant>();
    #[cfg(feature = "grpc")]
    let treatment = head.extensions.remove::<crate::policy::card::Treatment>();
    head.extensions.insert(Directed::new(place));
    let body = Peeked::from(sent.body.clone());
    let answer = agent.send(Request::from_parts(head, body)).await?;
    let mut answer = if asked.operation.streams() && is_stream(interface.speech, &answer) {
        let speeches = (interface.speech, client);
        stream(answer, speeches, &asked, &id, limits).await?
    } else {
        let (head, said) = whole(answer, interface.speech, &asked, limits, &mut loss).await?;
        #[cfg(feature = "grpc")]
        let said = match (said, treatment) {
            (Ok(card), Some(treatment)) => Ok(treatment.serve(&card)?),
            (said, _) => said,
        };
        told(head, client, &asked, said, &id, &mut loss)?
    };
    answer.extensions_mut().insert(interface.speech);
    if !loss.is_empty() {
        tracing::debug!(%loss, "the bridge left something out");
        answer.extensions_mut().insert(loss);
    }
    Ok(answer)
}

/// What is asked, and the request that asks it.
fn prepare(
    client: Speech,
    interface: &Interface,
    (call, id): (&A2aCall, &RpcId),
    (head, body): (&request::Parts, &Bytes),
    loss: &mut LossReport,
) -> Result<(Asked, Sent), Fault> {
    // The agent would judge it, if it were told.
    if call.declared_version() == A2aVersion::Unknown {
        let message = "this A2A-Version is not supported; 0.3 and 1.0 are";
        return Err(Fault::new(code::VERSION_NOT_SUPPORTED, message));
    }
    let mut asked = requests::read(client, call, head, body, loss)?;
    let told = || head.extensions.get::<AsTenant>().map(AsTenant::get);
    if let Some(tenant) = interface.tenant.as_deref().map(Some).or_else(told) {
        asked.params = named(&asked.params, tenant)?;
    }
    let sent = requests::write(interface.speech, &asked, id, loss)?;
    Ok((asked, sent))
}

/// Whether an answer is the stream that was asked for. Errors may be said in one piece.
fn is_stream(speech: Speech, answer: &Response<Body>) -> bool {
    match speech.binding {
        // What failed before its first message says so in its head.
        A2aBinding::Grpc => {
            answer.status() == StatusCode::OK && !answer.headers().contains_key("grpc-status")
        }
        _ => answer.status().is_success() && media::is_event_stream(answer.headers()),
    }
}

async fn stream(
    answer: Response<Body>,
    (agent, client): (Speech, Speech),
    asked: &Asked,
    id: &RpcId,
    limits: Limits,
) -> Result<Response<Body>, Error> {
    let (head, body) = answer.into_parts();
    let reader = Reader::new(agent, limits.event_bytes)?;
    let writer = Writer::new(client, id)?;
    let media = writer.media();
    let losses = StreamLosses::default();
    let mut body = Translated::new(body, (agent, client), (reader, writer), losses.clone());
    if let Some(fault) = poll_fn(|cx| body.poll_first(cx)).await? {
        let mut loss = LossReport::default();
        return told(head, client, asked, Err(fault), id, &mut loss);
    }
    let mut answer = Response::new(Body::new(body));
    *answer.headers_mut() = outward(head.headers, client.version);
    let headers = answer.headers_mut();
    headers.insert(names::CONTENT_TYPE, media);
    if client.binding != A2aBinding::Grpc {
        headers.insert(names::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    *answer.extensions_mut() = head.extensions;
    answer.extensions_mut().insert(losses);
    Ok(answer)
}

/// What the agent says in one piece.
async fn whole(
    answer: Response<Body>,
    agent: Speech,
    asked: &Asked,
    limits: Limits,
    loss: &mut LossReport,
) -> Result<(response::Parts, Said), Error> {
    let (head, body) = answer.into_parts();
    let (body, trailers) = gather::whole(body, limits.answer_bytes).await?;
    let told = (&head.headers, trailers.as_ref());
    let mut said = answers::read(agent, &asked.operation, head.status, told, &body, loss)?;
    if let (Err(fault), false) = (&mut said, asked.names_task()) {
        fault.without_task(&asked.operation, agent.version);
    }
    let asked_for_none = wants_no_history(&asked.operation, &asked.params);
    if let (Ok(result), A2aVersion::V0_3, true) = (&mut said, agent.version, asked_for_none) {
        *result = without_history(result).map_err(answers::unreadable)?;
    }
    Ok((head, said))
}

/// The answer that tells the client.
fn told(
    head: response::Parts,
    client: Speech,
    asked: &Asked,
    said: Said,
    id: &RpcId,
    loss: &mut LossReport,
) -> Result<Response<Body>, Error> {
    let mut answer = answers::write(client, &asked.operation, said, id, loss)?;
    let own = std::mem::take(answer.headers_mut());
    *answer.headers_mut() = outward(head.headers, client.version);
    answer.headers_mut().extend(own);
    *answer.extensions_mut() = head.extensions;
    Ok(answer)
}

fn named(params: &Bytes, tenant: Option<&str>) -> Result<Bytes, Fault> {
    let tenant = tenant.map(|tenant| Bytes::from(quote(tenant)));
    with_members(params, &[("tenant", tenant)]).map_err(requests::bad)
}

/// Makes the head of a client's request that of the request to the agent, and tells where that goes.
fn directed(
    head: &mut request::Parts,
    interface: &Interface,
    sent: &Sent,
) -> Result<Endpoint, Error> {
    head.method = sent.method.clone();
    let path = match &*sent.path {
        "" => "/",
        path => path,
    };
    let (place, path) = interface.target(path.to_owned());
    head.uri = path.parse().map_err(|_| too_long())?;
    let headers = &mut head.headers;
    headers.remove(names::CONTENT_LENGTH);
    headers.remove(names::TRANSFER_ENCODING);
    headers.remove(names::ACCEPT_ENCODING);
    headers.remove("grpc-accept-encoding");
    headers.remove("grpc-encoding");
    match sent.content_type {
        Some(media) => headers.insert(names::CONTENT_TYPE, HeaderValue::from_static(media)),
        None => headers.remove(names::CONTENT_TYPE),
    };
    if interface.speech.binding == A2aBinding::Grpc {
        headers.remove(names::ACCEPT);
        headers.insert(names::TE, HeaderValue::from_static("trailers"));
        head.version = http::Version::HTTP_2;
    } else {
        headers.remove(names::TE);
        headers.remove("grpc-timeout");
        headers.insert(
            names::ACCEPT,
            HeaderValue::from_static("application/json, application/a2a+json, text/event-stream"),
        );
        head.version = http::Version::HTTP_11;
    }
    declare(headers, interface.speech.version);
    Ok(place)
}

fn too_long() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the ids of this call are too long for a path",
    )
}

/// Service parameters in the spelling of a version.
fn declare(headers: &mut HeaderMap, version: A2aVersion) {
    headers.insert(header::VERSION, HeaderValue::from_static(version.as_str()));
    renamed(headers, version);
}

fn renamed(headers: &mut HeaderMap, version: A2aVersion) {
    let (from, to) = match version {
        A2aVersion::V0_3 => (header::EXTENSIONS, header::EXTENSIONS_V0_3),
        _ => (header::EXTENSIONS_V0_3, header::EXTENSIONS),
    };
    if headers.contains_key(&to) {
        headers.remove(&from);
        return;
    }
    let values: Vec<HeaderValue> = headers.get_all(&from).iter().cloned().collect();
    headers.remove(&from);
    for value in values {
        headers.append(to.clone(), value);
    }
}

/// The headers of an agent's answer that go on to the client: what describes the body does not.
fn outward(mut headers: HeaderMap, version: A2aVersion) -> HeaderMap {
    for name in [
        names::CONTENT_TYPE,
        names::CONTENT_LENGTH,
        names::TRANSFER_ENCODING,
        names::CONNECTION,
        names::TRAILER,
        names::ETAG,
        names::LAST_MODIFIED,
        names::ACCEPT_RANGES,
        names::CONTENT_ENCODING,
        HeaderName::from_static("content-digest"),
        HeaderName::from_static("repr-digest"),
        HeaderName::from_static("digest"),
        HeaderName::from_static("content-md5"),
    ] {
        headers.remove(name);
    }
    let grpc: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("grpc-"))
        .cloned()
        .collect();
    for name in grpc {
        headers.remove(name);
    }
    renamed(&mut headers, version);
    headers
}
