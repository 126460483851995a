use agentgateway_core::{Error, ErrorKind};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::support::{
    Say, answer, ask, by, events, federation, nothing, parsed, raw, request, server,
};
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

/// Faults M09 and M11: `1` and `"1"` come back as they were written, and so do progress tokens, in a stream.
#[tokio::test]
async fn a_stream_bears_the_client_s_id_and_token() {
    let (git, asked) = server(|method, _| {
        match method {
        "tools/call" => Say::Events(vec![
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":$TOKEN,"progress":1.0,"x":1e2}}"#.into(),
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":2}}"#.into(),
            r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}"#.into(),
            r#"{"jsonrpc":"2.0","id":"1","result":{"stolen":true}}"#.into(),
            r#"{"jsonrpc":"2.0","id":4,"method":"roots/list"}"#.into(),
            r#"{"jsonrpc":"2.0","id":$ID,"result":{"resultType":"complete","content":[{"type":"resource_link","uri":"x://y"}]}}"#.into(),
            r#"{"jsonrpc":"2.0","id":$ID,"result":{"twice":true}}"#.into(),
        ]),
        _ => nothing(),
    }
    });
    let (files, _) = server(echo);
    let federation = federation([("git", git), ("files", files)]);
    let counts = federation.counts();
    let one = federation.into_server();
    let params = json!({"name": "git_x", "_meta": {"progressToken": "p"}});
    let (_, text) = answer(&one, request(json!("1"), "tools/call", params)).await;
    let said = events(&text);
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!(
        said[0]["params"],
        json!({"progressToken": "p", "progress": 1.0, "x": 1e2})
    );
    assert!(
        std::str::from_utf8(&text)
            .unwrap()
            .contains(r#""progress":1.0,"x":1e2"#)
    );
    assert_eq!(said[1]["method"], "notifications/message");
    assert_eq!(said[2]["id"], "1");
    assert_eq!(said[2]["result"]["content"][0]["uri"], "git+x://y");
    let asked = asked.last();
    assert_eq!(asked["id"], asked["params"]["_meta"]["progressToken"]);
    assert_eq!(counts.strange_answers(), 1);
    assert_eq!(counts.strange_notifications(), 1);
    assert_eq!(counts.server_requests(), 1);
}

/// Fault M11: an answer with an unknown id, with another one's, with none, and none at all.
#[tokio::test]
async fn a_strange_answer_is_an_error_and_nobody_s_result() {
    for (say, is_strange) in [
        (r#"{"jsonrpc":"2.0","id":77,"result":{"secret":1}}"#, true),
        (
            r#"{"jsonrpc":"2.0","id":"$ID","result":{"secret":1}}"#,
            true,
        ),
        (r#"{"jsonrpc":"2.0","result":{"secret":1}}"#, false),
        (r#"{"jsonrpc":"2.0","method":"x"}"#, false),
        ("", false),
    ] {
        for in_stream in [false, true] {
            let (git, _) = server(move |method, _| match method {
                "tools/call" if in_stream => Say::Events(vec![say.to_owned()]),
                "tools/call" => Say::Text(say.to_owned()),
                _ => nothing(),
            });
            let (files, _) = server(echo);
            let federation = federation([("git", git), ("files", files)]);
            let counts = federation.counts();
            let one = federation.into_server();
            let call = request(json!(1), "tools/call", json!({"name": "git_x"}));
            let error = match one.send(call).await {
                Err(error) => error,
                Ok(answer) => {
                    let failed = answer.into_body().collect().await.unwrap_err();
                    Error::from_boxed(failed.into())
                }
            };
            assert_eq!(error.kind(), ErrorKind::BadAnswer, "{say}");
            assert!(!error.message().contains("secret"));
            assert_eq!(counts.strange_answers(), u64::from(is_strange), "{say}");
        }
    }
}

#[tokio::test]
async fn an_error_that_names_no_request_is_that_of_its_exchange() {
    let (git, _) = server(|_, _| {
        Say::Text(r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}}"#.into())
    });
    let (files, _) = server(|_, _| Say::Error(404, -32601, "no"));
    let (login, _) = server(|_, _| Say::Error(401, -31401, "who are you"));
    let one = federation([("git", git), ("files", files), ("login", login)]).into_server();
    let call = request(json!(1), "tools/call", json!({"name": "login_x"}));
    assert_eq!(answer(&one, call).await.0, 502);
    let said = ask(&one, "tools/call", json!({"name": "git_x"})).await;
    assert_eq!(
        (&said["id"], &said["error"]["code"]),
        (&json!(1), &json!(-32700))
    );
    let call = request(json!(1), "tools/call", json!({"name": "files_x"}));
    assert_eq!(answer(&one, call).await.0, 404);
}

#[tokio::test]
async fn uris_in_results_tell_their_target() {
    let (git, _) = server(|method, _| {
        match method {
        "tools/call" => Say::Result(
            r#"{"resultType":"complete","content":[{"type":"text","text":"x://y","uri":"x://y"},{ "uri" : "x://1","type":"resource_link","size":1.0},{"type":"resource","resource":{"uri":"ui://2","text":""}}],"structuredContent":{"uri":"x://y"},"_meta":{"ui":{"resourceUri":"ui://3"}}}"#.into(),
        ),
        "prompts/get" => Say::Result(
            r#"{"resultType":"complete","messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"x://1"}}}]}"#.into(),
        ),
        "resources/read" => Say::Result(
            r#"{"resultType":"complete","contents":[{"uri":"x://1","text":"t"}],"ttlMs":0,"cacheScope":"private"}"#.into(),
        ),
        "tasks/get" => Say::Result(
            r#"{"resultType":"complete","taskId":"5","result":{"content":[{"type":"resource_link","uri":"x://1"}]}}"#.into(),
        ),
        _ => nothing(),
    }
    });
    let (files, _) = server(echo);
    let one = federation([("git", git), ("files", files)]).into_server();
    for (method, params, expected) in [
        (
            "tools/call",
            json!({"name": "git_x"}),
            r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[{"type":"text","text":"x://y","uri":"x://y"},{ "uri" : "git+x://1","type":"resource_link","size":1.0},{"type":"resource","resource":{"uri":"ui://git+2","text":""}}],"structuredContent":{"uri":"x://y"},"_meta":{"ui":{"resourceUri":"ui://git+3"}}}}"#,
        ),
        (
            "prompts/get",
            json!({"name": "git_x"}),
            r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","messages":[{"role":"user","content":{"type":"resource","resource":{"uri":"git+x://1"}}}]}}"#,
        ),
        (
            "resources/read",
            json!({"uri": "git+x://1"}),
            r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","contents":[{"uri":"git+x://1","text":"t"}],"ttlMs":0,"cacheScope":"private"}}"#,
        ),
        (
            "tasks/get",
            json!({"taskId": "git+5"}),
            r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","taskId":"git+5","result":{"content":[{"type":"resource_link","uri":"git+x://1"}]}}}"#,
        ),
    ] {
        let (_, text) = answer(&one, request(json!(1), method, params)).await;
        assert_eq!(std::str::from_utf8(&text).unwrap(), expected);
    }
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

/// Fault S07 (part): comments that keep a call's stream open.
#[tokio::test]
async fn what_keeps_a_stream_open_passes() {
    let (git, _) = server(|_, _| {
        let last = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        let text = format!(": ping\n\n:\n\ndata: {last}\n\n");
        let frames = text
            .into_bytes()
            .into_iter()
            .map(|byte| Ok::<_, Error>(http_body::Frame::data(Bytes::from(vec![byte]))));
        let frames = futures_util::stream::iter(frames.collect::<Vec<_>>());
        Say::Body(agentgateway_core::Body::new(
            http_body_util::StreamBody::new(frames),
        ))
    });
    let one = federation([("git", git)]).into_server();
    let (_, text) = answer(
        &one,
        request(json!("a"), "tools/call", json!({"name": "x"})),
    )
    .await;
    let text = std::str::from_utf8(&text).unwrap();
    assert!(text.starts_with(": keep-alive\n\n"), "{text}");
    assert!(
        text.ends_with("data: {\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}\n\n"),
        "{text}"
    );
}

/// Fault M27: the client leaves in the middle of a stream.
#[tokio::test]
async fn a_client_that_leaves_cancels_its_request() {
    struct Gone(std::sync::Arc<std::sync::atomic::AtomicBool>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.store(true, std::sync::atomic::Ordering::SeqCst);
        }
    }
    let gone = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let seen = gone.clone();
    let (git, _) = server(move |method, _| {
        if method != "tools/call" {
            return nothing();
        }
        let held = Gone(seen.clone());
        let stream = futures_util::stream::unfold((held, false), |(held, sent)| async move {
            if sent {
                std::future::pending::<()>().await;
            }
            let text = "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n";
            let frame = Ok::<_, Error>(http_body::Frame::data(Bytes::from(text)));
            Some((frame, (held, true)))
        });
        let body = http_body_util::StreamBody::new(Box::pin(stream));
        Say::Body(agentgateway_core::Body::new(body))
    });
    let (files, _) = server(echo);
    let one = federation([("git", git), ("files", files)]).into_server();
    let call = request(json!(1), "tools/call", json!({"name": "git_x"}));
    let mut body = one.send(call).await.unwrap().into_body();
    assert!(body.frame().await.unwrap().is_ok());
    assert!(!gone.load(std::sync::atomic::Ordering::SeqCst));
    drop(body);
    assert!(gone.load(std::sync::atomic::Ordering::SeqCst));
}
