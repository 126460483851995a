use agentgateway_core::{Error, ErrorKind};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::json;

use super::{
    calls::echo,
    support::{Say, answer, ask, events, federation, nothing, request, server},
};

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
