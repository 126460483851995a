//! Replicas that each keep tasks of their own, behind a balancer.

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use agentgateway_core::{
    Body, BoxError, Error, ErrorKind, Peeked,
    balance::{Balance, Balancer, Member},
    upstream::Endpoint,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt;
use tower::{Service, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_layer::Layer;

use crate::{A2aCall, A2aLayer, A2aOperation, route::tasks::TaskAffinityLayer};

pub(super) const NO_TASK: &str =
    r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"no such task"}}"#;

/// One frame of a stream: its bytes, or how it breaks.
#[derive(Clone, Debug)]
pub(super) enum Said {
    Bytes(String),
    Broken,
}

/// What the replicas have been asked, and what they know.
#[derive(Clone, Default)]
pub(super) struct Replicas {
    /// Which replica has which task, by its host.
    pub(super) tasks: Arc<Mutex<HashMap<String, String>>>,
    /// Operation, host, and task.
    pub(super) asked: Arc<Mutex<Vec<(A2aOperation, String, Option<String>)>>>,
    /// Answers that are given in turn in the place of the usual ones, to streams.
    pub(super) streams: Arc<Mutex<VecDeque<Vec<Said>>>>,
    pub(super) state: Arc<Mutex<&'static str>>,
    /// They speak gRPC.
    pub(super) grpc: Arc<AtomicBool>,
}

impl Replicas {
    pub(super) fn asked_hosts(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(_, host, _)| host.clone()).collect()
    }

    pub(super) fn operations(&self) -> Vec<A2aOperation> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|(operation, ..)| operation.clone())
            .collect()
    }

    fn answer(&self, head: &http::request::Parts) -> Result<Response<Body>, Error> {
        let call: &A2aCall = head.extensions.get().unwrap();
        let host = head.uri.host().unwrap().to_owned();
        let task = call.task_id().map(str::to_owned);
        let entry = (call.operation().clone(), host.clone(), task.clone());
        let count = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(entry);
            asked.len()
        };
        if let (true, Some(said)) = (
            call.operation().streams(),
            self.streams.lock().unwrap().pop_front(),
        ) {
            return Ok(stream(said));
        }
        let mut tasks = self.tasks.lock().unwrap();
        let task = match task {
            Some(task) => task,
            None => {
                let task = format!("t{count}");
                tasks.insert(task.clone(), host.clone());
                task
            }
        };
        if tasks.get(&task) != Some(&host) {
            return Ok(json(NO_TASK.to_owned()));
        }
        let state = *self.state.lock().unwrap();
        let state = if state.is_empty() {
            "TASK_STATE_WORKING"
        } else {
            state
        };
        let task = format!(
            "{{\"id\":\"{task}\",\"contextId\":\"c-{task}\",\"status\":{{\"state\":\"{state}\"}},\"artifacts\":[{{\"artifactId\":\"a\",\"parts\":[]}}]}}"
        );
        let result = match call.operation() {
            A2aOperation::SendMessage | A2aOperation::SendStreamingMessage => {
                format!("{{\"task\":{task}}}")
            }
            _ => task,
        };
        let speaks_grpc = self.grpc.load(Ordering::Relaxed);
        #[cfg(not(feature = "grpc"))]
        assert!(!speaks_grpc);
        #[cfg(feature = "grpc")]
        if speaks_grpc {
            return Ok(of_grpc(call.operation(), &result));
        }
        Ok(json(format!(
            "{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{result}}}"
        )))
    }

    /// The gateway before these hosts.
    pub(super) fn behind(&self, hosts: &[&str], affinity: Option<TaskAffinityLayer>) -> Gateway {
        let agent = self.balanced(hosts);
        match affinity {
            Some(affinity) => boxed(A2aLayer::new().layer(affinity.layer(agent))),
            None => boxed(A2aLayer::new().layer(agent)),
        }
    }

    /// The same for clients of every binding and version; the replicas speak JSON-RPC of v1.0.
    #[cfg(feature = "grpc")]
    pub(super) fn translated(&self, hosts: &[&str], affinity: &TaskAffinityLayer) -> Gateway {
        use crate::{A2aBinding, A2aVersion, bridge};

        let endpoint: Endpoint = "http://agent:1".parse().unwrap();
        let speech = bridge::Speech::new(A2aBinding::JsonRpc, A2aVersion::V1_0);
        let agent = crate::upstream::A2aAgent::new(self.balanced(hosts));
        let agent = bridge::AnyAgent::builder(agent, endpoint.clone())
            .interfaces([bridge::Interface::new(speech, endpoint)])
            .build();
        boxed(A2aLayer::new().grpc(true).layer(affinity.layer(agent)))
    }

    /// The same for clients that speak as the replicas do.
    #[cfg(feature = "grpc")]
    pub(super) fn passing(&self, hosts: &[&str], affinity: &TaskAffinityLayer) -> Gateway {
        let agent = affinity.layer(self.balanced(hosts));
        boxed(A2aLayer::new().grpc(true).layer(agent))
    }

    fn balanced(
        &self,
        hosts: &[&str],
    ) -> impl Service<
        Request<Peeked<Body>>,
        Response = Response<impl HttpBody<Data = Bytes, Error = Error> + Send + 'static>,
        Error = Error,
        Future: Send + 'static,
    > + Clone
    + Send
    + Sync
    + 'static {
        let members = hosts.iter().map(|host| {
            let endpoint: Endpoint = format!("http://{host}").parse().unwrap();
            Member::from(endpoint)
        });
        let this = self.clone();
        let client = service_fn(move |request: Request<Peeked<Body>>| {
            let (head, _) = request.into_parts();
            std::future::ready(this.answer(&head))
        });
        Balance::new(client, Balancer::new(members))
    }
}

fn boxed<S, B>(service: S) -> Gateway
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    BoxCloneSyncService::new(service.map_response(|answer: Response<B>| answer.map(Body::new)))
}

fn json(text: String) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .body(Body::from(Bytes::from(text)))
        .unwrap()
}

#[cfg(feature = "grpc")]
fn of_grpc(operation: &A2aOperation, result: &str) -> Response<Body> {
    use crate::{A2aVersion::V1_0, wire::grpc};

    let message = match operation.streams() {
        true => grpc::event_from_json(V1_0, result.as_bytes()),
        false => grpc::response_from_json(V1_0, operation, result.as_bytes()),
    };
    Response::builder()
        .header("content-type", "application/grpc")
        .body(Body::from(grpc::frame(&message.unwrap().bytes).unwrap()))
        .unwrap()
}

fn stream(said: Vec<Said>) -> Response<Body> {
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(Body::new(Script(said.into())))
        .unwrap()
}

struct Script(VecDeque<Said>);

impl HttpBody for Script {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(self.0.pop_front().map(|said| match said {
            Said::Bytes(text) => Ok(Frame::data(Bytes::from(text))),
            Said::Broken => Err(Error::new(ErrorKind::Unavailable, "reset")),
        }))
    }
}

pub(super) type Gateway = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// Asks by JSON-RPC; what was said.
pub(super) async fn ask(gateway: &Gateway, method: &str, params: &str) -> String {
    let body =
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}");
    let version = if method.contains('/') { "0.3" } else { "1.0" };
    let request = Request::post("/")
        .header("content-type", "application/json")
        .header("a2a-version", version)
        .body(Body::from(Bytes::from(body)))
        .unwrap();
    send(gateway, request).await
}

pub(super) async fn send(gateway: &Gateway, request: Request<Body>) -> String {
    let answer = gateway.clone().oneshot(request).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8_lossy(&body).into_owned()
}

/// Makes a task, and tells its id and who has it.
pub(super) async fn made(replicas: &Replicas, gateway: &Gateway) -> (String, String) {
    ask(gateway, "SendMessage", "{}").await;
    let count = replicas.asked.lock().unwrap().len();
    let task = format!("t{count}");
    let home = replicas.tasks.lock().unwrap()[&task].clone();
    (task, home)
}
