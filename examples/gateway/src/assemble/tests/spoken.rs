use agentgateway_core::route::PathMatch;

use super::*;
use crate::config::snapshot::{
    AiBackend, LocalProcess, McpBackend, McpServer, McpTarget, Provider, ProviderKind,
};

fn at() -> Endpoints {
    Endpoints::Name(HostPort::new("there", 80))
}

fn mcp(servers: Vec<McpServer>) -> BackendKind {
    let target = |(n, server)| McpTarget::new(format!("t{n}"), server);
    let targets = servers.into_iter().enumerate().map(target);
    BackendKind::Mcp(McpBackend::new(targets.collect()))
}

fn with_broken(kind: BackendKind) -> Action {
    Action::Forward(vec![
        WeightedBackend::new(0, Outcome::Backend(backend(kind))),
        WeightedBackend::new(1, Outcome::Unavailable("no endpoint".to_owned())),
    ])
}

const CALL: &str = r#"{"jsonrpc":"2.0","id":"7","method":"tools/list"}"#;

async fn said(table: &Table, request: Request<Body>) -> (u16, String) {
    let response = ask(table, request).await;
    (response.status().as_u16(), text(response).await)
}

fn mcp_call(path: &str) -> Request<Body> {
    let mut request = post(path, CALL);
    let accept = "application/json, text/event-stream";
    request
        .headers_mut()
        .insert("accept", http::HeaderValue::from_static(accept));
    request
}

#[tokio::test]
async fn a_broken_share_is_told_in_the_protocol_of_its_rule() {
    let (parts, _) = parts();
    let provider = Provider::new("p", ProviderKind::OpenAi, at());
    let ai = AiBackend::new(vec![vec![provider]]);
    let table = serving(
        &parts,
        vec![
            rule(
                "/mcp",
                with_broken(mcp(vec![McpServer::http(at(), "/mcp")])),
            ),
            rule("/v1", with_broken(BackendKind::Ai(ai))),
            rule("/plain", with_broken(BackendKind::Http(at()))),
        ],
    );
    let (status, words) = said(&table, mcp_call("/mcp")).await;
    assert_eq!(status, 503, "{words}");
    assert!(
        words.contains(r#""id":"7""#) && words.contains("-31503"),
        "{words}"
    );
    let body = r#"{"model":"m","messages":[]}"#;
    let (status, words) = said(&table, post("/v1/chat/completions", body)).await;
    assert_eq!(status, 503);
    assert!(
        words.contains(r#""type":"#) && words.contains("no endpoint that is ready"),
        "{words}"
    );
    let (status, words) = said(&table, get("/plain")).await;
    assert_eq!(status, 503);
    assert!(words.contains(r#""kind":"overloaded""#), "{words}");
}

/// What is wrong with a request tells nothing where no request would be served.
#[tokio::test]
async fn what_is_no_call_is_refused_with_the_same_status() {
    let (parts, sent) = parts();
    let mcp = || mcp(vec![McpServer::http(at(), "/mcp")]);
    let broken = |kind, outcome| {
        let share = |weight, outcome| WeightedBackend::new(weight, outcome);
        let served = Outcome::Backend(backend(kind));
        Action::Forward(vec![share(0, served), share(1, outcome)])
    };
    let provider = Provider::new("p", ProviderKind::OpenAi, at());
    let groups = vec![vec![provider]];
    let kinds = [
        BackendKind::A2a(at()),
        mcp(),
        BackendKind::Ai(AiBackend::new(groups)),
    ];
    for kind in kinds {
        let invalid = Outcome::Invalid("denied".to_owned());
        let unavailable = Outcome::Unavailable("none".to_owned());
        let table = serving(
            &parts,
            vec![
                rule("/500", broken(kind.clone(), invalid)),
                rule("/503", broken(kind, unavailable)),
            ],
        );
        for status in ["404", "500", "503"] {
            for path in ["", "/v1/chat/completions", "/message:send"] {
                for body in ["{", "[]", "no json", "{\"jsonrpc\":\"2.0\"}", ""] {
                    let request = post(&format!("/{status}{path}"), body);
                    let (got, words) = said(&table, request).await;
                    assert_eq!(got.to_string(), status, "{path} {body}: {words}");
                }
                let mut coded = post(&format!("/{status}{path}"), "{}");
                let gzip = http::HeaderValue::from_static("gzip");
                coded.headers_mut().insert("content-encoding", gzip);
                let (got, words) = said(&table, coded).await;
                assert_eq!(got.to_string(), status, "{path}: {words}");
            }
        }
    }
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_has_the_id_of_what_is_a_call_but_for_its_params() {
    let (parts, _) = parts();
    for kind in [
        BackendKind::A2a(at()),
        mcp(vec![McpServer::http(at(), "/mcp")]),
    ] {
        let table = serving(&parts, vec![rule("/x", with_broken(kind))]);
        let body = r#"{"jsonrpc":"2.0","id":"7","method":"tools/call","params":{"name":[]}}"#;
        let (status, words) = said(&table, post("/", body)).await;
        assert_eq!(status, 404);
        assert!(words.contains(r#""id":"7""#), "{words}");
        let body = r#"{"jsonrpc":"2.0","id":8,"method":"message/send","params":{"message":1}}"#;
        let (status, words) = said(&table, post("/", body)).await;
        assert_eq!(status, 404);
        assert!(words.contains(r#""id":8"#), "{words}");
    }
}

#[tokio::test]
async fn what_cannot_be_spoken_to_is_refused_in_mcp() {
    let (parts, _) = parts();
    let process = Reference::new("agentgateway.dev", "LocalProcess", "ns", "p");
    let process = McpServer::Process(LocalProcess::new(process, "there-is-no-such-program"));
    let unserved = Outcome::Backend(backend(mcp(vec![process])));
    let served = Outcome::Backend(backend(mcp(vec![McpServer::http(at(), "/mcp")])));
    let to = |outcome| Action::Forward(vec![WeightedBackend::new(1, outcome)]);
    let table = serving(
        &parts,
        vec![rule("/no", to(unserved)), rule("/yes", to(served))],
    );
    let (status, words) = said(&table, mcp_call("/no")).await;
    assert_eq!(status, 500, "{words}");
    let told = words.contains(r#""id":"7""#) && words.contains("can speak to");
    assert!(told, "{words}");
    let response = ask(&table, mcp_call("/yes")).await;
    assert_eq!(response.headers()["x-from"], "there:80");
}

/// A status of gRPC is nothing that another client could read, and the other way round.
#[tokio::test]
async fn where_no_rule_takes_it_each_client_is_told_in_its_own_way() {
    let (parts, _) = parts();
    let grpc_route = Reference::new("gateway.networking.k8s.io", "GRPCRoute", "ns", "route");
    let mut grpc = Rule::new(grpc_route, 0, Action::Forward(to("a")));
    grpc.matches[0].path = PathMatch::Exact("/s/M".to_owned());
    let agent = Outcome::Backend(backend(BackendKind::A2a(at())));
    let agent = Action::Forward(vec![WeightedBackend::new(1, agent)]);
    for rule in [
        grpc,
        rule("/agent", agent),
        rule("/x", Action::Forward(to("a"))),
    ] {
        let table = serving(&parts, vec![rule]);
        for kind in ["text/plain", "application/json"] {
            let mut plain = post("/none", "{}");
            let kind = http::HeaderValue::from_static(kind);
            plain.headers_mut().insert("content-type", kind);
            let response = ask(&table, plain).await;
            assert_eq!(response.status(), 404);
            assert!(!response.headers().contains_key("grpc-status"));
        }
        let mut call = post("/s/None", "");
        let kind = http::HeaderValue::from_static("application/grpc+proto");
        call.headers_mut().insert("content-type", kind);
        let response = ask(&table, call).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["grpc-status"], "12");
    }
}

#[tokio::test]
async fn routes_of_grpc_are_answered_with_its_statuses() {
    let (parts, sent) = parts();
    let route = Reference::new("gateway.networking.k8s.io", "GRPCRoute", "ns", "route");
    let rule = |path: &str, action| {
        let mut rule = Rule::new(route.clone(), 0, action);
        rule.matches[0].path = PathMatch::Exact(path.to_owned());
        rule
    };
    let unavailable = WeightedBackend::new(1, Outcome::Unavailable("none".to_owned()));
    let table = serving(
        &parts,
        vec![
            rule("/s/Served", Action::Forward(to("a"))),
            rule("/s/Invalid", Action::Invalid("no".to_owned())),
            rule("/s/Unavailable", Action::Forward(vec![unavailable])),
        ],
    );
    let call = |path: &str| {
        let mut request = post(path, "");
        let kind = http::HeaderValue::from_static("application/grpc");
        request.headers_mut().insert("content-type", kind);
        ask(&table, request)
    };
    for (path, code) in [
        ("/s/None", "12"),
        ("/s/Invalid", "13"),
        ("/s/Unavailable", "14"),
    ] {
        let response = call(path).await;
        assert_eq!(
            (
                response.status().as_u16(),
                &response.headers()["grpc-status"]
            ),
            (200, &http::HeaderValue::from_static(code))
        );
    }
    assert_eq!(call("/s/Served").await.headers()["x-from"], "a.ns.svc:80");
    assert_eq!(sent.lock().unwrap().len(), 1);
}
