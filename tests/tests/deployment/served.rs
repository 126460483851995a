//! The deployment serves: real agents, tools and models at its addresses, real clients before it.

use agentgateway::telemetry::Tracing;
use agentgateway_tests::{Peer, get, post, python, run_client};
use http::StatusCode;
use serde_json::Value;

use super::{
    fixture::{HOST, at, get_as, json, manifests, send_as},
    scene::Served,
    stand_in::Secure,
    table,
};

/// How the clients are told what the tools are called.
const NAMES: [[&str; 2]; 4] = [
    ["--echo-tool", "search_echo"],
    ["--progress-tool", "search_trigger-long-running-operation"],
    ["--sampling-tool", "search_trigger-sampling-request"],
    ["--elicitation-tool", "search_trigger-elicitation-request"],
];

#[tokio::test(flavor = "multi_thread")]
async fn the_unrendered_deployment_serves_real_peers() {
    let Some(scene) = manifests() else { return };
    let planner = Peer::python("py", "a2a_agent.py", &[]).await;
    let elsewhere = ["--rpc-path", "/rpc", "--rest-path", "/rest"];
    let researcher = Peer::python("py", "a2a_agent.py", &elsewhere).await;
    let search = Peer::node("everything.mjs", &[]).await;
    let models = Peer::node("aimock.mjs", &[]).await;
    // The manifest names no host, so the provider is at its public one, by TLS. All that changes is
    // where that name is dialled, and whose certificate is trusted.
    let openai = Secure::before(models.port(), "api.openai.com").await;
    let gateway = scene
        .resolve("agents/planner", 9999, at(&planner))
        .resolve("agents/researcher", 9998, at(&researcher))
        .resolve("tools/search-mcp", 8001, at(&search))
        .serve_with(Tracing::detached(), |parts| parts.client = openai.client())
        .await;

    agents(&gateway).await;
    let tools = format!("{}/mcp", gateway.url("mcp"));
    let mut arguments = vec![&*tools];
    // There are several servers, so names bear that of theirs.
    arguments.extend(NAMES.as_flattened());
    run_client("node", "mcp_v1.mjs", &arguments).await;
    arguments.extend(["--mode", "auto"]);
    run_client(python("py"), "mcp_client.py", &arguments).await;
    let base = format!("{}/v1", gateway.url("llm"));
    let checks = "chat,chat_stream,chat_stream_usage";
    run_client(python("py"), "openai_client.py", &[&base, "--only", checks]).await;
    what_is_nowhere_is_told(&gateway).await;
    table::compare(&gateway);
}

/// Both agents by their cards, whose URLs lead through the gateway.
async fn agents(gateway: &Served) {
    let a2a = gateway.url("a2a");
    let mut tasks = Vec::new();
    for agent in ["planner", "researcher"] {
        let card = format!("{a2a}/{agent}/.well-known/agent-card.json");
        let card = json(&get_as(HOST, &card).await);
        let interfaces = card["supportedInterfaces"].as_array().unwrap();
        let urls: Vec<&str> = interfaces
            .iter()
            .map(|interface| interface["url"].as_str().unwrap())
            .collect();
        // JSON-RPC and HTTP+JSON in both versions; gRPC does not come to a path.
        let base = format!("http://{HOST}/{agent}");
        assert_eq!(urls, [&*base; 4], "{agent}");

        let url = urls[0].replace(&format!("http://{HOST}"), &a2a);
        let answer = send_as(HOST, &url, agent, &[]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{answer:?}");
        let answer = json(&answer);
        let task = &answer["result"]["task"];
        assert_eq!(answer["id"], "seven");
        assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED", "{answer}");
        let text = &task["artifacts"][0]["parts"][0]["text"];
        assert_eq!(*text, format!("echo: {agent}"), "{answer}");
        tasks.push((url, task["id"].as_str().unwrap().to_owned()));
    }
    // Each knows its own task alone: they are two.
    for (own, (url, _)) in tasks.iter().enumerate() {
        for (of, (_, task)) in tasks.iter().enumerate() {
            let body = format!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{{"id":"{task}"}}}}"#
            );
            let headers = [("host", HOST), ("a2a-version", "1.0")];
            let answer = json(&post(url, &headers, body).await);
            let found = answer["result"]["id"] == **task;
            assert_eq!(found, own == of, "{answer}");
        }
    }
}

/// Each listener answers for what no route takes in the form of its protocol.
async fn what_is_nowhere_is_told(gateway: &Served) {
    let (a2a, mcp, llm) = (gateway.url("a2a"), gateway.url("mcp"), gateway.url("llm"));
    for host in ["a2a.example.com", "dev.example.com", "127.0.0.1"] {
        let answer = send_as(host, &format!("{a2a}/planner/"), "hello", &[]).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{host}");
        let answer = json(&answer);
        assert_eq!(
            (&answer["id"], &answer["jsonrpc"]),
            (&"seven".into(), &"2.0".into())
        );
        assert_eq!(answer["error"]["code"], -31404, "{answer}");
    }
    let call = r#"{"jsonrpc":"2.0","id":"seven","method":"tools/list"}"#;
    let answer = post(&format!("{mcp}/elsewhere"), &[], call).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let answer = json(&answer);
    assert_eq!(answer["error"]["code"], -31404, "{answer}");
    let chat = r#"{"model":"m","messages":[]}"#;
    let answer = post(&format!("{llm}/v2/chat/completions"), &[], chat).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(json(&answer)["error"]["message"].is_string());
    let status = get(&format!("{}/status", gateway.admin())).await;
    assert_eq!(json(&status)["ready"], Value::Bool(true));
}
