use agentgateway_core::context::RequestId;

use super::support::{JSON, parsed, post};

/// What a message is refused with: the status, and the text of the answer.
async fn refused(headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let all: Vec<_> = [JSON].iter().chain(headers).copied().collect();
    let (status, text) = parsed(post(&all, body)).await.unwrap_err();
    (status.as_u16(), text)
}

/// Fault M06: a tool, method or id given twice: 400.
/// Fault M07: a batch where nothing outside takes it apart, an empty one too: 400, with a hint.
/// Fault M08 (part): ids that are null, an object, a list, true: refused; all others, `1` and `"1"` among them, are repeated byte for byte.
#[tokio::test]
async fn says_what_is_wrong_with_the_exact_id() {
    for (body, start, hint) in [
        (
            "{",
            r#"{"jsonrpc":"2.0","error":{"code":-32700,"#,
            "not JSON",
        ),
        (
            "[]",
            r#"{"jsonrpc":"2.0","error":{"code":-32600,"#,
            "2025-06-18 removed",
        ),
        (
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            r#"{"jsonrpc":"2.0","error""#,
            "POST of its own",
        ),
        (
            r#"{"id":1,"method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"#,
            "2.0",
        ),
        (
            r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#,
            r#"{"jsonrpc":"2.0","error":{"code":-32600,"#,
            "null",
        ),
        (
            r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#,
            r#"{"jsonrpc":"2.0","error":{"code":-32600,"#,
            "id",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"x","method":"y"}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"#,
            "second time",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"y"}"#,
            r#"{"jsonrpc":"2.0","error":{"code":-32600,"#,
            "second time",
        ),
        (
            r#"{"jsonrpc":"2.0","id":"1","method":"x","params":{"uri":"a","uri":"b"}}"#,
            r#"{"jsonrpc":"2.0","id":"1","error":{"code":-32600,"#,
            "second time",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"traceparent":"a","traceparent":"b"}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"#,
            "traceparent",
        ),
        (
            r#"{"jsonrpc":"2.0","id":-0.0,"method":"tools/call"}"#,
            r#"{"jsonrpc":"2.0","id":-0.0,"error":{"code":-32602,"#,
            "tools/call needs params.name",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["rm"]}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"#,
            "params.name",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":7}}"#,
            r#"{"jsonrpc":"2.0","error":{"code":-32602,"#,
            "params.name",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"name":"x"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"#,
            "params.uri",
        ),
    ] {
        let (status, text) = refused(&[], body).await;
        assert_eq!(status, 400, "{body}");
        assert!(
            text.starts_with(start) && text.contains(hint),
            "{body} {text}"
        );
    }
}

/// Fault M06: a name that servers which fold case, or end a name at NUL, take for one that was judged: 400.
#[tokio::test]
async fn what_some_servers_read_as_a_second_name_is_refused() {
    let call = |params: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{{params}}}}}"#)
    };
    let of = |method: &str, params: &str| {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params}}}}}"#)
    };
    let on = |more: &str| {
        let plain = call(r#""name":"add""#);
        format!("{},{more}}}", plain.strip_suffix('}').unwrap())
    };
    for (body, key) in [
        (call(r#""name":"add","Name":"count""#), "name"),
        (call(r#""NAME":"count","name":"add""#), "name"),
        (call(r#""name":"add","n\u0041me":"count""#), "name"),
        (call(r#""name":"add","name\u0000":"count""#), "name"),
        (call(r#""name":"add","Arguments":{}"#), "arguments"),
        (call(r#""name":"add","_Meta":{}"#), "_meta"),
        (
            call(r#""name":"add","_meta":{"ProgressTo\u212Aen":1}"#),
            "progressToken",
        ),
        (
            call(r#""name":"add","_meta":{"IO.modelcontextprotocol/protocolVersion":"x"}"#),
            "io.modelcontextprotocol/protocolVersion",
        ),
        (on(r#""Method":"tools/list""#), "method"),
        (on(r#""PARAMS":{"name":"count"}"#), "params"),
        (on(r#""param\u017f":{"name":"count"}"#), "params"),
        (of("resources/read", r#""uri":"a:b","URI":"a:c""#), "uri"),
        (of("tasks/get", r#""taskId":"1","taskid":"2""#), "taskId"),
        (
            of("completion/complete", r#""ref":{"name":"a","Name":"b"}"#),
            "name",
        ),
        (
            of("completion/complete", r#""ref":{"name":"a"},"Ref":{}"#),
            "ref",
        ),
        (
            of(
                "subscriptions/listen",
                r#""notifications":{"ResourceSubscriptions":["a:b"]}"#,
            ),
            "resourceSubscriptions",
        ),
    ] {
        let (status, text) = refused(&[], &body).await;
        assert_eq!(status, 400, "{body}");
        let start = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"#;
        let hint = format!(r#"is \"{key}\" to some readers"#);
        assert!(
            text.starts_with(start) && text.contains(&hint),
            "{body} {text}"
        );
    }
    let (_, text) = refused(&[], &on(r#""ID":2"#)).await;
    assert!(text.starts_with(r#"{"jsonrpc":"2.0","error":"#), "{text}");
    // The tool's own names, and those that decide nothing, are as they are.
    for body in [
        call(r#""name":"add","arguments":{"name":1,"Name":2,"NAME":3}"#),
        call(r#""name":"add","_meta":{"Traceparent":"x","name":1,"Name":2}"#),
        call(r#""name":"add","Title":"x","names":1"#),
        on(r#""Extra":1"#),
    ] {
        assert!(parsed(post(&[JSON], &body)).await.is_ok(), "{body}");
    }
}

/// Fault S14: JSON nested to the limit, over it, and a million deep: refused before it is parsed.
#[tokio::test]
async fn depth_is_limited() {
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":{{"a":{}{}}}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let (status, text) = refused(&[], &deep).await;
    assert_eq!(status, 400);
    assert!(text.contains("-32700") && text.contains("128"));
}

/// Fault H47 (part): a request body at the limit and over it: 413, the service is not called.
#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    use agentgateway_core::Peeked;
    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::{BodyExt, Full};
    use tower::{Layer, ServiceExt, service_fn};

    let inner = service_fn(|_: Request<Peeked<Full<Bytes>>>| async {
        Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let app = crate::McpLayer::new().max_body_bytes(10).layer(inner);
    let answer = app.oneshot(post(&[JSON], "01234567890")).await.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(body.starts_with(br#"{"jsonrpc":"2.0","error":{"code":-31413,"#));
}

#[tokio::test]
async fn a_coded_body_is_415() {
    let (status, text) = refused(&[("content-encoding", "gzip")], "{}").await;
    assert_eq!(status, 415);
    assert!(text.contains("-31415") && text.contains("content coding"));
}

/// Fault M03: `Mcp-Method` or `Mcp-Name` that says something else than the body: 400, -32020.
/// Fault M04: these headers coded, badly coded, twice: decoded, then compared.
/// Fault M05: an older `MCP-Protocol-Version`, or none, over a body of any revision: does not get around the comparison.
#[tokio::test]
async fn headers_that_differ_from_the_body_are_refused() {
    const BODY: &str = r#"{"jsonrpc":"2.0","id":"q","method":"tools/call","params":{"name":"safe","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
    let modern = ("mcp-protocol-version", "2026-07-28");
    for (headers, hint) in [
        (&[modern, ("mcp-method", "tools/list")][..], "Mcp-Method"),
        (&[modern, ("mcp-name", "danger")], "Mcp-Name"),
        (&[modern, ("mcp-name", "Safe")], "Mcp-Name"),
        (&[modern, ("mcp-name", "=?base64?!!?=")], "Mcp-Name"),
        (
            &[modern, ("mcp-name", "safe"), ("mcp-name", "safe")],
            "Mcp-Name",
        ),
        // The body says that it is modern: an older header does not get around the comparison.
        (&[("mcp-name", "danger")], "Mcp-Name"),
        (
            &[("mcp-protocol-version", "2025-11-25")],
            "MCP-Protocol-Version",
        ),
        (
            &[("mcp-protocol-version", "2026-07-29")],
            "MCP-Protocol-Version",
        ),
    ] {
        let (status, text) = refused(headers, BODY).await;
        assert_eq!(status, 400);
        assert!(text.starts_with(r#"{"jsonrpc":"2.0","id":"q","error":{"code":-32020,"#));
        assert!(text.contains(hint), "{headers:?} {text}");
    }
    // Nor does a body that names no revision.
    let (earlier, old) = (
        BODY.replace("2026-07-28", "2025-11-25"),
        BODY.split(",\"_meta\"").next().unwrap(),
    );
    for body in [earlier, format!("{old}}}}}")] {
        for headers in [
            &[("mcp-name", "danger")][..],
            &[
                ("mcp-protocol-version", "2025-11-25"),
                ("mcp-method", "tools/list"),
            ],
        ] {
            let (status, text) = refused(headers, &body).await;
            assert!(
                status == 400 && text.contains("-32020"),
                "{headers:?} {body} {text}"
            );
        }
    }
    let twice = [modern, modern];
    let (_, text) = refused(&twice, BODY).await;
    assert!(text.contains("-32600") && text.contains("twice"));
}

#[tokio::test]
async fn a_refusal_tells_the_id_of_its_request() {
    let mut request = post(&[JSON], r#"{"id":1,"method":"x"}"#);
    let id = RequestId::new("r-1").unwrap();
    request.extensions_mut().insert(id);
    let (_, text) = parsed(request).await.unwrap_err();
    assert!(text.ends_with(r#","data":{"requestId":"r-1"}}}"#), "{text}");
}
