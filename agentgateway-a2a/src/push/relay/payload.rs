//! What an agent pushes, in the version of the client that has registered.

use std::time::Duration;

use agentgateway_core::{
    Peeked,
    json::{self, quote},
    jsonrpc::RpcId,
};
use bytes::Bytes;
use http::{HeaderValue, Request, header::CONTENT_TYPE};

use super::registration::Registration;
use crate::{
    A2aBinding, A2aOperation, A2aVersion,
    bridge::{
        LossReport, gather,
        shape::{Shape, ShapeErrorKind, push_payload_from_v1, push_payload_to_v1},
    },
    call::{A2aCall, Facts},
    upstream::A2aAgent,
    wire::{Answer, ResultKind, header, read_answer},
};

/// The longest task that is read for a client of v0.3, in bytes.
const MAX_TASK_BYTES: usize = 4 * 1024 * 1024;
/// How long the agent has to say it.
const TASK_TIMEOUT: Duration = Duration::from_secs(10);

/// What a client is sent.
#[derive(Debug)]
pub(super) enum Payload {
    Ready(Bytes),
    /// The client takes tasks, and what came is a change of one.
    OfTask {
        task: Box<str>,
        /// As far as the change tells.
        told: Bytes,
    },
}

/// What came from an agent.
#[derive(Debug)]
pub(super) struct Read {
    /// `None` where the client's version has no word for it.
    pub(super) payload: Option<Payload>,
    /// The bytes are the agent's.
    pub(super) is_untouched: bool,
    /// The task has ended.
    pub(super) is_last: bool,
}

/// Reads what an agent of either version has pushed, for a client of this one.
///
/// # Errors
/// Words on what is wrong with it.
pub(super) fn read(body: &Bytes, version: A2aVersion) -> Result<Read, String> {
    let mut loss = LossReport::default();
    let v1_0 = push_payload_to_v1(Shape::V0_3JsonRpc, body, &mut loss)
        .or_else(|error| push_payload_to_v1(Shape::V0_3Proto, body, &mut loss).map_err(|_| error))
        .map_err(|error| error.to_string())?;
    let item = match read_answer(&v1_0, A2aBinding::HttpJson) {
        Answer::Result(item) if item.kind == ResultKind::Message || item.task_id.is_some() => item,
        _ => return Err("this is neither a task nor an update of one".to_owned()),
    };
    let is_last = item.state.is_some_and(crate::TaskState::is_terminal);
    if version != A2aVersion::V0_3 {
        return Ok(Read {
            is_untouched: v1_0 == *body,
            payload: Some(Payload::Ready(v1_0)),
            is_last,
        });
    }
    let [kind] = json::members(body, ["kind"]).unwrap_or_default();
    if kind.and_then(json::string).as_deref() == Some("task") {
        return Ok(Read {
            payload: Some(Payload::Ready(body.clone())),
            is_untouched: true,
            is_last,
        });
    }
    let payload = match push_payload_from_v1(Shape::V0_3JsonRpc, &v1_0, &mut loss) {
        Ok(told) => Some(match item.task_id {
            Some(task) if item.kind != ResultKind::Task => Payload::OfTask { task, told },
            _ => Payload::Ready(told),
        }),
        Err(error) if error.kind() == ShapeErrorKind::NoPeer => None,
        Err(error) => return Err(error.to_string()),
    };
    Ok(Read {
        payload,
        is_untouched: false,
        is_last,
    })
}

// === impl Payload ===

impl Payload {
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Ready(bytes) | Self::OfTask { told: bytes, .. } => bytes.len(),
        }
    }

    /// What is sent: the whole task where the agent tells it, else what the change has told.
    pub(super) async fn bytes(
        &self,
        agent: Option<&A2aAgent>,
        registration: &Registration,
    ) -> Bytes {
        match self {
            Self::Ready(bytes) => bytes.clone(),
            Self::OfTask { task, told } => {
                let Some(agent) = agent else {
                    return told.clone();
                };
                let asked = whole_task(agent, task, registration);
                let whole = tokio::time::timeout(TASK_TIMEOUT, asked).await;
                whole.ok().flatten().unwrap_or_else(|| {
                    tracing::debug!("the agent has not told the whole task");
                    told.clone()
                })
            }
        }
    }
}

async fn whole_task(agent: &A2aAgent, task: &str, registration: &Registration) -> Option<Bytes> {
    let answer = agent.send(get_task(task, registration)).await.ok()?;
    let (body, _) = gather::whole(answer.into_body(), MAX_TASK_BYTES)
        .await
        .ok()?;
    let [result] = json::members(&body, ["result"]).ok()?;
    let event = format!(r#"{{"task":{}}}"#, result?.get());
    let mut loss = LossReport::default();
    push_payload_from_v1(Shape::V0_3JsonRpc, event.as_bytes(), &mut loss).ok()
}

/// A call of JSON-RPC in v1.0, as [`A2aLayer`](crate::A2aLayer) would have read it.
fn get_task(task: &str, registration: &Registration) -> Request<Peeked<agentgateway_core::Body>> {
    let tenant = registration.tenant.as_deref();
    let of_tenant = tenant.map_or_else(String::new, |tenant| {
        format!(r#""tenant":{},"#, quote(tenant))
    });
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{{{of_tenant}"id":{}}}}}"#,
        quote(task)
    );
    let version = A2aVersion::V1_0;
    let mut facts = Facts::new(A2aOperation::GetTask, A2aBinding::JsonRpc, version);
    facts.id = Some(RpcId::from(1));
    facts.task_id = Some(task.into());
    facts.tenant = tenant.map(Into::into);
    let mut request = Request::new(Peeked::from(Bytes::from(body)));
    *request.method_mut() = http::Method::POST;
    request.extensions_mut().insert(A2aCall::from(facts));
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::VERSION, HeaderValue::from_static(version.as_str()));
    request
}
