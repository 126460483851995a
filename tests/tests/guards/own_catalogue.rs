//! Many agents in the place of one: `rawConfig.catalogues` of a Gateway's parameters.

use agentgateway_tests::{Manifests, TestGateway, get, raw::RawUpstream};

use super::*;

/// An agent that answers calls with this text, and has a card with a skill of its name.
async fn agent(name: &'static str) -> RawUpstream {
    RawUpstream::start(move |mut connection| async move {
        while let Some(request) = connection.request().await {
            let url = format!("http://{}/", request.values("host").join(""));
            let said = match request.head.starts_with("GET ") {
                true => json!({
                    "name": name, "description": "d", "version": "1", "capabilities": {},
                    "defaultInputModes": ["text/plain"], "defaultOutputModes": ["text/plain"],
                    "supportedInterfaces": [{"url": url, "protocolBinding": "JSONRPC",
                                             "protocolVersion": "1.0"}],
                    "skills": [{"id": format!("{name}s"), "name": name, "description": "d", "tags": []}],
                }),
                false => json!({"jsonrpc": "2.0", "id": 1, "result": {"message": {
                    "messageId": name, "role": "ROLE_AGENT", "parts": [{"text": name}]}}}),
            };
            let said = said.to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ";
            let length = said.len();
            connection
                .send(format!("{head}{length}\r\n\r\n{said}"))
                .await;
        }
    })
    .await
}

async fn gateway(more: &str, plans: u16, books: u16) -> TestGateway {
    let of = |port: u16| format!("{{a2a: {{host: 127.0.0.1, port: {port}}}}}");
    let catalogue = "{backend: {name: planner}, agents: [{name: plan, backend: {name: planner}}, \
                     {name: book, backend: {name: booker}, hosts: [book.example.org]}], title: Team}";
    let raw = format!("{{rawConfig: {{catalogues: [{catalogue}]{more}}}}}");
    let objects = [
        routed("a2a", "planner", "/", &of(plans), ""),
        backend("booker", &of(books)),
    ];
    let manifests = Manifests::default()
        .parameters(&raw)
        .and(&objects.join(SEPARATOR));
    TestGateway::serve(&manifests).await
}

async fn asked(url: &str, headers: &[(&str, &str)], part: Value, tenant: &str) -> Response<Bytes> {
    let mut all = vec![("content-type", "application/json"), ("a2a-version", "1.0")];
    all.extend(headers);
    let mut params = json!({"message": {"messageId": "m", "role": "ROLE_USER", "parts": [part]}});
    if !tenant.is_empty() {
        params["tenant"] = tenant.into();
    }
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": params});
    post(url, &all, body.to_string()).await
}

fn who(answer: &Response<Bytes>) -> Value {
    said(answer)["result"]["message"]["messageId"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_are_reached_by_path_host_tenant_and_skill() {
    let (plans, books) = (agent("plan").await, agent("book").await);
    let gateway = gateway("", plans.port(), books.port()).await;
    let root = gateway.url("a2a");
    let text = || json!({"text": "hello"});
    for (path, headers, tenant, expected) in [
        ("/agents/plan", &[][..], "", "plan"),
        ("/agents/book", &[], "", "book"),
        ("/", &[("host", "book.example.org")], "", "book"),
        ("/", &[], "plan", "plan"),
        ("/", &[("x-a2a-skill", "books")], "", "book"),
    ] {
        let answer = asked(&format!("{root}{path}"), headers, text(), tenant).await;
        assert_eq!(
            who(&answer),
            expected,
            "{path} {headers:?} {tenant}: {answer:?}"
        );
    }
    // Nobody is named.
    let answer = asked(&root, &[], text(), "").await;
    assert!(said(&answer)["error"].is_object(), "{answer:?}");
    let none = asked(&format!("{root}/agents/none"), &[], text(), "").await;
    assert_eq!(status(&none), StatusCode::NOT_FOUND);

    let card = said(&get(&format!("{root}/.well-known/agent-card.json")).await);
    assert_eq!(card["name"], "Team", "{card}");
    let skills: Vec<_> = card["skills"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(skills, ["plan/plans", "book/books"]);
    let catalog = get(&format!("{root}/.well-known/api-catalog")).await;
    assert!(!said(&catalog)["linkset"].as_array().unwrap().is_empty());
    let own = said(&get(&format!("{root}/agents/book/.well-known/agent-card.json")).await);
    assert!(own.to_string().contains("/agents/book"), "{own}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_are_read_before_anybody_asks() {
    let (plans, books) = (agent("plan").await, agent("book").await);
    let gateway = gateway("", plans.port(), books.port()).await;
    for agent in [&plans, &books] {
        agent.requested(1).await;
        let [asked] = agent.requests().try_into().unwrap();
        assert!(asked.head.starts_with("GET /.well-known/agent-card.json "));
    }
    drop(gateway);
}

/// What one agent refuses is its own affair, by whatever word it was chosen.
#[tokio::test(flavor = "multi_thread")]
async fn each_agent_of_a_catalogue_has_its_own_guards() {
    let (plans, books) = (agent("plan").await, agent("book").await);
    let more = ", a2a: [{backends: [{name: booker}], messages: {mediaTypes: [text/plain]}}]";
    let gateway = gateway(more, plans.port(), books.port()).await;
    let root = gateway.url("a2a");
    let png = || json!({"raw": "AAAA", "mediaType": "image/png"});
    for (path, tenant) in [("/agents/book", ""), ("/", "book")] {
        let refused = asked(&format!("{root}{path}"), &[], png(), tenant).await;
        assert_eq!(said(&refused)["error"]["code"], -32005, "{refused:?}");
    }
    let passed = asked(&format!("{root}/agents/plan"), &[], png(), "").await;
    assert_eq!(who(&passed), "plan", "{passed:?}");
}
