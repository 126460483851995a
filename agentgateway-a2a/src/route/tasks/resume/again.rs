use agentgateway_core::{
    Body, Error, Peeked,
    balance::{Chosen, Prefer, Tried},
    json::quote,
    jsonrpc::RpcId,
    media,
    sse::SseMessage,
};
use bytes::Bytes;
use http::{Request, Response, header as names, request};

use super::super::exchange::Seen;
use crate::{
    A2aBinding, A2aCall, A2aOperation, A2aVersion,
    bridge::{Asked, LossReport, Speech, write_request},
    call::Facts,
    upstream::A2aAgent,
    wire::{Answer, read_answer},
};

/// The longest answer of `GetTask` that is read, in bytes.
pub(super) const MAX_TASK_BYTES: usize = 16 * 1024 * 1024;

/// How a client's stream is asked for again: as the client itself would.
#[derive(Clone, Debug)]
pub(in super::super) struct Again {
    head: request::Parts,
    pub(super) call: A2aCall,
    pub(super) id: RpcId,
}

impl Again {
    pub(in super::super) fn new(call: A2aCall, head: &request::Parts) -> Self {
        let mut head = head.clone();
        head.headers.remove(names::CONTENT_LENGTH);
        head.headers.remove(names::TRANSFER_ENCODING);
        head.extensions.remove::<Tried>();
        let id = call.id().cloned().unwrap_or_else(|| RpcId::from(1));
        Self { head, call, id }
    }

    /// Asks the replica that this was seen of.
    ///
    /// # Errors
    /// Those of the agent; and the call has no place in what the client speaks.
    pub(super) async fn ask(
        &self,
        agent: &A2aAgent,
        operation: A2aOperation,
        (task, seen): (&str, &Seen),
    ) -> Result<Response<Body>, Error> {
        let request = self.request(operation, task, seen).map_err(unsendable)?;
        agent.send(request).await
    }

    fn request(
        &self,
        operation: A2aOperation,
        task: &str,
        seen: &Seen,
    ) -> Result<Request<Peeked<Body>>, String> {
        let speech = Speech::new(self.call.binding(), self.call.version());
        let tenant = self.call.tenant();
        let tenant = tenant.map_or_else(String::new, |name| format!(",\"tenant\":{}", quote(name)));
        let params = format!("{{\"id\":{}{tenant}}}", quote(task));
        let asked = Asked {
            operation: operation.clone(),
            params: params.into(),
        };
        let sent = write_request(speech, &asked, &self.id, &mut LossReport::default())
            .map_err(|fault| format!("{fault:?}"))?;
        let mut head = self.head.clone();
        if self.call.binding() == A2aBinding::HttpJson {
            let path = format!("{}{}", self.prefix(), sent.path);
            head.uri = path
                .parse()
                .map_err(|_| "the path is too long".to_owned())?;
        }
        head.method = sent.method;
        if sent.body.is_empty() {
            head.headers.remove(names::CONTENT_TYPE);
        }
        if let Some(home) = &seen.home {
            head.extensions.insert(Prefer::new(home.clone()));
        }
        head.extensions.insert(self.called(operation, task));
        Ok(Request::from_parts(head, Peeked::from(sent.body)))
    }

    fn called(&self, operation: A2aOperation, task: &str) -> A2aCall {
        let own = &self.call;
        let mut call = Facts::new(operation, own.binding(), own.declared_version());
        call.version = own.version();
        call.id = own.id().cloned();
        call.tenant = own.tenant().map(Box::from);
        call.task_id = Some(task.into());
        call.extensions = own.extensions().map(Box::from).collect();
        A2aCall::from(call).of_agent_of(own)
    }

    /// What stands before a route of HTTP+JSON, without the tenant, which is written anew.
    fn prefix(&self) -> &str {
        let path = self.head.uri.path();
        let route = ["/message:", "/message%3", "/tasks/"];
        let end = route.iter().filter_map(|word| path.rfind(word)).max();
        let prefix = path.get(..end.unwrap_or_default()).unwrap_or_default();
        let prefix = match self.call.version() {
            A2aVersion::V0_3 => prefix.strip_suffix("/v1").unwrap_or(prefix),
            _ => prefix,
        };
        self.call
            .tenant()
            .and_then(|tenant| prefix.strip_suffix(tenant)?.strip_suffix('/'))
            .unwrap_or(prefix)
    }

    /// Whether the data of an event is an error.
    pub(super) fn is_error(&self, data: &[u8]) -> bool {
        matches!(read_answer(data, self.call.binding()), Answer::Error { .. })
    }

    /// A result as an event of the client's stream.
    pub(super) fn event(&self, result: &[u8]) -> Bytes {
        let data = match self.call.binding() {
            A2aBinding::JsonRpc => {
                let id = self.id.as_raw();
                [
                    b"{\"jsonrpc\":\"2.0\",\"id\":",
                    id,
                    b",\"result\":",
                    result,
                    b"}",
                ]
                .concat()
            }
            _ => result.to_vec(),
        };
        SseMessage::new(data).encode()
    }
}

/// Whether this is a stream of events by the replica that was asked for, or by one that can be asked.
pub(super) fn is_stream(answer: &Response<Body>) -> bool {
    answer.status().is_success()
        && media::is_event_stream(answer.headers())
        && !media::is_coded(answer.headers())
}

/// Who has answered.
pub(super) fn home(answer: &Response<Body>) -> Option<&str> {
    answer.extensions().get::<Chosen>().map(Chosen::key)
}

fn unsendable(reason: String) -> Error {
    Error::new(agentgateway_core::ErrorKind::Internal, reason)
}
