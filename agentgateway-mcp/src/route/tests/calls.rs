use agentgateway_core::ErrorKind;
use serde_json::{Value, json};

use super::support::{Say, answer, ask, by, federation, nothing, parsed, raw, request, server};
use crate::{
    policy::{Caller, Item},
    route::LongNames,
};

/// Answers each call with its own name and arguments.
pub(super) fn echo(method: &str, params: &Value) -> Say {
    match method {
        "tools/call" | "prompts/get" | "resources/read" | "tasks/get" | "completion/complete" => {
            let said = json!({"resultType": "complete", "said": params});
            Say::Result(said.to_string())
        }
        _ => nothing(),
    }
}

#[tokio::test]
async fn a_call_goes_to_its_one_target_without_a_listing() {
    let (git, git_asked) = server(echo);
    let (files, files_asked) = server(echo);
    let one = federation([("git", git), ("files", files)]).into_server();
    let said = ask(
        &one,
        "tools/call",
        json!({"name": "git_log__x_y", "arguments": {"n": 1}}),
    )
    .await;
    assert_eq!(said["result"]["said"]["name"], "log__x_y");
    assert_eq!(said["result"]["said"]["arguments"]["n"], 1);
    assert_eq!(git_asked.last_headers()["mcp-name"], "log__x_y");
    assert_eq!(git_asked.methods(), ["tools/call"]);
    let said = ask(&one, "prompts/get", json!({"name": "files_git_log"})).await;
    assert_eq!(said["result"]["said"]["name"], "git_log");
    let said = ask(&one, "resources/read", json!({"uri": "files+file:///a+b"})).await;
    assert_eq!(said["result"]["said"]["uri"], "file:///a+b");
    let said = ask(&one, "tasks/get", json!({"taskId": "files+7"})).await;
    assert_eq!(said["result"]["said"]["taskId"], "7");
    let reference = json!({"type": "ref/resource", "uri": "ui://git+x/{y}"});
    let said = ask(
        &one,
        "completion/complete",
        json!({"ref": reference, "argument": {}}),
    )
    .await;
    assert_eq!(said["result"]["said"]["ref"]["uri"], "ui://x/{y}");
    let reference = json!({"type": "ref/prompt", "name": "git_p"});
    let said = ask(
        &one,
        "completion/complete",
        json!({"ref": reference, "argument": {}}),
    )
    .await;
    assert_eq!(said["result"]["said"]["ref"]["name"], "p");
    assert_eq!(
        files_asked.methods(),
        ["prompts/get", "resources/read", "tasks/get"]
    );
}

#[tokio::test]
async fn what_is_not_there_is_unknown() {
    let (git, asked) = server(echo);
    let (files, _) = server(echo);
    let one = federation([("git", git), ("files", files)]).into_server();
    for (method, params) in [
        ("tools/call", json!({"name": "log"})),
        ("tools/call", json!({"name": "gi_log"})),
        ("prompts/get", json!({"name": "x_y"})),
        ("resources/read", json!({"uri": "file:///x"})),
        ("resources/read", json!({"uri": "other+file:///x"})),
        ("tasks/get", json!({"taskId": "7"})),
        (
            "completion/complete",
            json!({"ref": {"type": "ref/prompt", "name": "p"}}),
        ),
        (
            "completion/complete",
            json!({"ref": {"type": "ref/x", "name": "git_p"}}),
        ),
        ("completion/complete", json!({})),
    ] {
        let said = ask(&one, method, params.clone()).await;
        assert_eq!(said["error"]["code"], -32602, "{method} {params}");
        assert_eq!(said["id"], 1);
    }
    for method in [
        "ping",
        "initialize",
        "logging/setLevel",
        "tasks/list",
        "x/y",
    ] {
        let (status, said) = answer(&one, request(json!("a"), method, json!({}))).await;
        let said = parsed(&said);
        assert_eq!(
            (status, &said["error"]["code"]),
            (404, &json!(-32601)),
            "{method}"
        );
        assert_eq!(said["id"], "a");
    }
    assert!(asked.methods().is_empty());
}

/// Fault M25: a resource of another target, and URIs that climb.
#[tokio::test]
async fn uris_do_not_leave_their_target() {
    let (git, asked) = server(echo);
    let (files, _) = server(echo);
    let one = federation([("git", git), ("files", files)])
        .filter(|_: &Caller<'_>, item: &Item<'_>| {
            let (target, name) = (item.target(), item.name());
            target != "git" || name.starts_with("file:///data/")
        })
        .into_server();
    for uri in [
        "git+file:///etc/passwd",
        "git+file:///data/../etc/passwd",
        "git+file:///data/%2e%2e/etc/passwd",
        "git+file:///data/%2E./etc/passwd",
        "git+file:///data/%252e%252e/etc/passwd",
        "git+gopher://x/",
        "git+files+file:///data/x",
        "git+ui://data/x",
    ] {
        let said = ask(&one, "resources/read", json!({"uri": uri})).await;
        assert_eq!(said["error"]["code"], -32602, "{uri}");
        assert_eq!(said["error"]["data"]["uri"], uri);
    }
    assert!(asked.methods().is_empty());
    let said = ask(
        &one,
        "resources/read",
        json!({"uri": "git+file:///d%61ta/x"}),
    )
    .await;
    assert_eq!(said["result"]["said"]["uri"], "file:///d%61ta/x");
}

/// Fault M18: a tool whose name was shortened has no second name: the long one is unknown.
#[tokio::test]
async fn the_long_form_of_a_shortened_name_is_unknown() {
    for (long_names, letters) in [
        (LongNames::Shorten, 63),
        (LongNames::Shorten, 80),
        (LongNames::Omit, 63),
    ] {
        let (a, asked) = server(echo);
        let (b, _) = server(echo);
        let one = federation([("a", a), ("b", b)])
            .long_names(long_names)
            .into_server();
        let name = format!("a_{}", "x".repeat(letters));
        for (method, params) in [
            ("tools/call", json!({"name": name})),
            ("prompts/get", json!({"name": name})),
            (
                "completion/complete",
                json!({"ref": {"type": "ref/prompt", "name": name}}),
            ),
        ] {
            let said = ask(&one, method, params).await;
            assert_eq!(said["error"]["code"], -32602, "{method} {letters}");
        }
        assert!(asked.methods().is_empty());
        let name = format!("a_{}", "x".repeat(62));
        let said = ask(&one, "tools/call", json!({"name": name})).await;
        assert_eq!(said["result"]["said"]["name"], "x".repeat(62));
    }
}

#[tokio::test]
async fn a_request_that_is_none_of_this_revision_is_refused() {
    let (git, asked) = server(echo);
    let one = federation([("git", git)]).into_server();
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}"#;
    let (status, said) = answer(&one, raw(body.to_owned())).await;
    assert_eq!(
        (status, &parsed(&said)["error"]["code"]),
        (400, &json!(-32602))
    );
    let mut newer = raw(body.to_owned());
    newer
        .headers_mut()
        .insert("mcp-protocol-version", "2999-01-01".parse().unwrap());
    let (status, said) = answer(&one, newer).await;
    let said = parsed(&said);
    assert_eq!((status, &said["error"]["code"]), (400, &json!(-32022)));
    assert_eq!(said["error"]["data"]["requested"], "2999-01-01");
    let note = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    assert_eq!(answer(&one, raw(note.to_owned())).await.0, 202);
    let response = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    let error = one.send(raw(response.to_owned())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(asked.methods().is_empty());
}

/// Fault M03: headers that repeat the body and are missing are the client's fault, also where they are written anew.
#[tokio::test]
async fn a_request_without_the_headers_that_repeat_it_is_refused() {
    let (git, asked) = server(echo);
    let (files, _) = server(echo);
    let one = federation([("git", git), ("files", files)]).into_server();
    for name in ["mcp-protocol-version", "mcp-method", "mcp-name"] {
        let mut call = request(json!(1), "tools/call", json!({"name": "git_log"}));
        call.headers_mut().remove(name);
        let (status, said) = answer(&one, call).await;
        let code = &parsed(&said)["error"]["code"];
        assert_eq!((status, code), (400, &json!(-32020)), "{name}");
    }
    assert!(asked.methods().is_empty());
}

/// Fault M09: a hundred requests of several clients at once, all with the same id.
#[tokio::test]
async fn each_of_many_with_one_id_gets_its_own_answer() {
    let (git, asked) = server(echo);
    let (files, _) = server(echo);
    let one = federation([("git", git), ("files", files)]).into_server();
    let calls = (0..100).map(|n| {
        let target = if n % 2 == 0 { "git" } else { "files" };
        let params = json!({"name": format!("{target}_t{n}")});
        let call = by(
            &format!("client {}", n % 7),
            request(json!(1), "tools/call", params),
        );
        let one = &one;
        async move { (n, parsed(&answer(one, call).await.1)) }
    });
    for (n, said) in futures_util::future::join_all(calls).await {
        assert_eq!(said["id"], 1);
        assert_eq!(said["result"]["said"]["name"], format!("t{n}"));
    }
    assert_eq!(asked.methods().len(), 50);
}

/// Fault M30: a state that is changed, of another caller, another call, another target, or too old.
#[tokio::test]
async fn a_state_opens_for_its_own_call_alone() {
    let wants = |method: &str, params: &Value| match (method, &params["requestState"]) {
        ("tools/call", Value::Null) => Say::Result(
            r#"{"resultType":"input_required","inputRequests":{},"requestState":"a\u0062\"c"}"#
                .into(),
        ),
        _ => echo(method, params),
    };
    let (git, asked) = server(wants);
    let (files, _) = server(wants);
    let one = federation([("git", git), ("files", files)]).into_server();
    let call = |who: &str, name: &str, state: Value| {
        by(
            who,
            request(
                json!(2),
                "tools/call",
                json!({"name": name, "requestState": state}),
            ),
        )
    };
    let first = by(
        "ann",
        request(json!(1), "tools/call", json!({"name": "git_x"})),
    );
    let said = parsed(&answer(&one, first).await.1);
    let state = said["result"]["requestState"].clone();
    assert_ne!(state, "ab\"c", "it is sealed");
    let said = parsed(&answer(&one, call("ann", "git_x", state.clone())).await.1);
    assert_eq!(said["result"]["said"]["requestState"], "ab\"c");
    let body = asked.last_body();
    assert!(
        std::str::from_utf8(&body)
            .unwrap()
            .contains(r#""requestState":"a\u0062\"c""#)
    );
    let changed = json!(format!("{}-TAMPERED", state.as_str().unwrap()));
    for (who, name, state) in [
        ("bob", "git_x", state.clone()),
        ("ann", "git_y", state.clone()),
        ("ann", "files_x", state.clone()),
        ("ann", "git_x", changed),
        ("ann", "git_x", json!("")),
        ("ann", "git_x", json!(7)),
    ] {
        let said = parsed(&answer(&one, call(who, name, state)).await.1);
        assert_eq!(said["error"]["code"], -32602, "{who} {name}");
    }
    let (git, _) = server(wants);
    let brief = federation([("git", git)])
        .state_lifetime(std::time::Duration::ZERO)
        .into_server();
    let said = ask(&brief, "tools/call", json!({"name": "x"})).await;
    let state = said["result"]["requestState"].clone();
    let said = ask(
        &brief,
        "tools/call",
        json!({"name": "x", "requestState": state}),
    )
    .await;
    assert_eq!(said["error"]["code"], -32602);
}
