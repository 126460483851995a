use agentgateway_tests::{Manifests, Peer, TestGateway, post};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};

/// Two processes of one agent, and the gateway before their Service.
pub(crate) struct Scene {
    replicas: [Peer; 2],
    gateway: TestGateway,
}

impl Scene {
    pub(crate) async fn start() -> Self {
        let arguments = ["0", "--binding", "jsonrpc", "--binding", "rest"];
        let one = Peer::python("py", "a2a_matrix_agent.py", &arguments);
        let other = Peer::python("py", "a2a_matrix_agent.py", &arguments);
        let replicas = <[Peer; 2]>::from(tokio::join!(one, other));
        let objects = service([replicas[0].port(), replicas[1].port()]);
        let gateway = TestGateway::serve(&Manifests::default().and(&objects)).await;
        Self { replicas, gateway }
    }

    /// Asks by JSON-RPC, in the version whose name the method has.
    pub(crate) async fn rpc(&self, method: &str, params: Value) -> Value {
        rpc(&self.gateway.url("a2a"), method, params).await
    }

    /// Asks by HTTP+JSON.
    pub(crate) async fn rest(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.gateway.url("a2a"));
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header("a2a-version", "1.0");
        let body = match method {
            "GET" => Bytes::new(),
            _ => {
                request = request.header("content-type", "application/json");
                body.to_string().into()
            }
        };
        let answer = send(request.body(Full::new(body)).unwrap()).await;
        let body = answer.collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{body:?}"))
    }

    /// Asks for a stream by JSON-RPC.
    pub(crate) async fn stream(&self, method: &str, params: Value) -> Events {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = Request::post(self.gateway.url("a2a"))
            .header("content-type", "application/json")
            .header("a2a-version", "1.0")
            .body(Full::new(Bytes::from(body.to_string())));
        Events {
            body: send(request.unwrap()).await,
            text: String::new(),
        }
    }

    /// Which replicas know a task, asked without the gateway.
    pub(crate) async fn replicas_with(&self, task: &str) -> [bool; 2] {
        let mut has = [false; 2];
        for (replica, has) in self.replicas.iter().zip(&mut has) {
            let url = format!("http://127.0.0.1:{}/", replica.port());
            let read = rpc(&url, "GetTask", json!({"id": task})).await;
            *has = read.get("result").is_some();
        }
        has
    }
}

/// A stream of events.
pub(crate) struct Events {
    body: Incoming,
    text: String,
}

impl Events {
    /// The data of the next event; `None` at the end.
    pub(crate) async fn event(&mut self) -> Option<Value> {
        loop {
            self.text = self.text.replace("\r\n", "\n");
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data:"));
                let data = data.map(|data| serde_json::from_str(data).unwrap());
                self.text = rest.to_owned();
                if data.is_some() {
                    return data;
                }
            }
            let frame = self.body.frame().await?.unwrap();
            let data = frame.into_data().unwrap_or_default();
            self.text.push_str(std::str::from_utf8(&data).unwrap());
        }
    }
}

pub(crate) fn id(task: &Value) -> String {
    let id = task["id"].as_str();
    id.unwrap_or_else(|| panic!("no task: {task}")).to_owned()
}

pub(crate) fn state(task: &Value) -> &str {
    task["status"]["state"].as_str().unwrap_or_default()
}

async fn rpc(url: &str, method: &str, params: Value) -> Value {
    let version = if method.contains('/') { "0.3" } else { "1.0" };
    let headers = [
        ("content-type", "application/json"),
        ("a2a-version", version),
    ];
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let answer = post(url, &headers, body.to_string()).await;
    serde_json::from_slice(answer.body()).unwrap_or_else(|_| panic!("{answer:?}"))
}

async fn send(request: Request<Full<Bytes>>) -> Incoming {
    let client = Client::builder(TokioExecutor::new()).build_http();
    client.request(request).await.unwrap().into_body()
}

fn service(ports: [u16; 2]) -> String {
    let slices = ports.map(|port| {
        format!(
            "---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: s-{port}, namespace: default, labels: {{kubernetes.io/service-name: s}}}}
addressType: IPv4
ports: [{{name: http, port: {port}}}]
endpoints: [{{addresses: [127.0.0.1], conditions: {{ready: true}}}}]
"
        )
    });
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: s, namespace: default}}
spec: {{ports: [{{name: http, port: 80, appProtocol: agentgateway.dev/a2a}}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r, namespace: default}}
spec:
  parentRefs: [{{name: gateway, sectionName: a2a}}]
  rules: [{{backendRefs: [{{name: s, port: 80}}]}}]
{}",
        slices.concat()
    )
}
