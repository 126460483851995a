use std::time::Duration;

use agentgateway_core::ErrorKind;
use serde_json::{Value, json};

use super::support::{Say, answer, ask, by, federation, list, nothing, parsed, request, server};
use crate::route::FailMode;

pub(super) fn names(said: &Value, key: &str) -> Vec<String> {
    let items = said["result"][key].as_array();
    let items = items.unwrap_or_else(|| panic!("{said}"));
    let name = |item: &Value| {
        item["name"]
            .as_str()
            .or(item["uri"].as_str())
            .unwrap()
            .to_owned()
    };
    items.iter().map(name).collect()
}

/// Gives tools one by one, with these cursors.
pub(super) fn paged(
    tools: &'static [&'static str],
    cursors: &'static [&'static str],
) -> impl Fn(&str, &Value) -> Say + Clone + Send + Sync + 'static {
    move |method: &str, params: &Value| {
        if method != "tools/list" {
            return nothing();
        }
        let at = match params.get("cursor") {
            None => 0,
            Some(cursor) => {
                let same = |own: &&str| serde_json::from_str::<Value>(own).unwrap() == *cursor;
                match cursors.iter().position(same) {
                    Some(at) => at + 1,
                    None => return Say::Error(200, -32602, "bad cursor"),
                }
            }
        };
        let tool = format!(r#"{{"name":"{}"}}"#, tools[at]);
        list("tools", &[&tool], cursors.get(at).copied())
    }
}

#[tokio::test]
async fn no_page_of_any_target_is_lost() {
    let (a, _) = server(paged(&["1", "2", "3"], &[r#""""#, r#""\u0041 \n""#]));
    let (b, _) = server(paged(&["1"], &[]));
    let (c, _) = server(paged(&["1", "2"], &[r#""next""#]));
    let one = federation([("a", a), ("b", b), ("c", c)]).into_server();
    let mut params = json!({});
    let mut pages = Vec::new();
    loop {
        let said = ask(&one, "tools/list", params).await;
        pages.push(names(&said, "tools"));
        assert_eq!(said["result"]["ttlMs"], 60000);
        assert_eq!(said["result"]["cacheScope"], "public");
        assert_eq!(said["result"]["resultType"], "complete");
        let Some(cursor) = said["result"].get("nextCursor") else {
            break;
        };
        params = json!({"cursor": cursor});
    }
    assert_eq!(
        pages,
        [vec!["a_1", "b_1", "c_1"], vec!["a_2", "c_2"], vec!["a_3"]]
    );
}

#[tokio::test]
async fn a_cursor_is_its_caller_s_and_its_list_s() {
    let (a, _) = server(paged(&["1", "2"], &[r#""x""#]));
    let (b, _) = server(paged(&["1"], &[]));
    let one = federation([("a", a), ("b", b)]).into_server();
    let list = |who: &str, method: &str, cursor: Value| {
        by(who, request(json!(1), method, json!({"cursor": cursor})))
    };
    let first = by("ann", request(json!(1), "tools/list", json!({})));
    let cursor = parsed(&answer(&one, first).await.1)["result"]["nextCursor"].clone();
    for (who, method, cursor) in [
        ("bob", "tools/list", cursor.clone()),
        ("ann", "prompts/list", cursor.clone()),
        ("ann", "tools/list", json!("x")),
        ("ann", "tools/list", json!("")),
        ("ann", "tools/list", json!(7)),
    ] {
        let said = parsed(&answer(&one, list(who, method, cursor)).await.1);
        assert_eq!(said["error"]["code"], -32602, "{who} {method}");
    }
    let said = parsed(&answer(&one, list("ann", "tools/list", cursor)).await.1);
    assert_eq!(names(&said, "tools"), ["a_2"]);
}

#[tokio::test]
async fn a_cursor_is_nothing_to_another_federation_with_the_same_key() {
    let of = |names: [&'static str; 2], scope: &str| {
        let targets = names.map(|name| (name, server(paged(&["1", "2"], &[r#""x""#])).0));
        federation(targets).scope(scope).into_server()
    };
    let one = of(["a", "b"], "one");
    let said = ask(&one, "tools/list", json!({})).await;
    let cursor = json!({"cursor": said["result"]["nextCursor"]});
    for (other, code) in [
        (of(["a", "b"], "two"), json!(-32602)),
        (of(["a", "c"], "one"), json!(-32602)),
        (of(["a", "b"], "one"), Value::Null),
    ] {
        let said = ask(&other, "tools/list", cursor.clone()).await;
        assert_eq!(said["error"]["code"], code, "{said}");
    }
}

#[tokio::test]
async fn a_cursor_that_a_target_no_longer_knows_is_a_bad_cursor() {
    let (a, _) = server(|method, params| match (method, params.get("cursor")) {
        ("tools/list", None) => list("tools", &[], Some(r#""x""#)),
        ("tools/list", Some(_)) => Say::Error(200, -32602, "gone"),
        _ => nothing(),
    });
    let (b, _) = server(paged(&["1"], &[]));
    let one = federation([("a", a), ("b", b)])
        .fail_mode(FailMode::Open)
        .into_server();
    let said = ask(&one, "tools/list", json!({})).await;
    let said = ask(
        &one,
        "tools/list",
        json!({"cursor": said["result"]["nextCursor"]}),
    )
    .await;
    assert_eq!(said["error"]["code"], -32602);
}

/// Fault M16: of three servers one is down and one hangs while all are listed.
#[tokio::test(start_paused = true)]
async fn the_others_go_on_when_some_are_out() {
    let build = || {
        let (up, _) = server(paged(&["1"], &[]));
        let (down, _) = server(|_, _| Say::Fail(ErrorKind::Unavailable));
        let (late, _) = server(|_, _| Say::Late);
        federation([("late", late), ("up", up), ("down", down)])
    };
    let open = build().fail_mode(FailMode::Open).into_server();
    for method in ["tools/list", "server/discover"] {
        let begun = tokio::time::Instant::now();
        let said = ask(&open, method, json!({})).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
        let out = &said["result"]["_meta"]["dev.agentgateway/unavailable"];
        assert_eq!(
            *out,
            json!([{"target": "late", "reason": "timeout"}, {"target": "down", "reason": "unavailable"}]),
            "{said}"
        );
        assert_eq!(said["result"]["ttlMs"], 0);
    }
    let closed = build().deadline(Duration::from_secs(2)).into_server();
    let list = || request(json!(1), "tools/list", json!({}));
    let begun = tokio::time::Instant::now();
    let error = closed.send(list()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
    let (one, _) = server(|_, _| Say::Fail(ErrorKind::Unavailable));
    let (two, _) = server(|_, _| Say::Error(200, -31000, "no"));
    let none = federation([("one", one), ("two", two)])
        .fail_mode(FailMode::Open)
        .into_server();
    assert_eq!(
        none.send(list()).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}

#[tokio::test]
async fn a_target_without_such_a_list_is_not_asked() {
    let (a, asked) = server(|method, _| match method {
        "server/discover" => Say::Result(r#"{"capabilities":{"prompts":{}},"ttlMs":0}"#.into()),
        _ => Say::Fail(ErrorKind::Unavailable),
    });
    let (b, _) = server(|method, params| match method {
        "prompts/list" => Say::Error(404, -32601, "no"),
        _ => paged(&["1"], &[])(method, params),
    });
    let one = federation([("a", a), ("b", b)]).into_server();
    assert_eq!(
        names(&ask(&one, "tools/list", json!({})).await, "tools"),
        ["b_1"]
    );
    assert_eq!(
        names(&ask(&one, "tools/list", json!({})).await, "tools"),
        ["b_1"]
    );
    assert_eq!(asked.methods(), ["server/discover"]);
    let (a, _) = server(|_, _| Say::Result(r#"{"capabilities":{}}"#.into()));
    let (b, _) = server(|_, _| Say::Error(404, -32601, "no"));
    let one = federation([("a", a), ("b", b)]).into_server();
    let (status, said) = answer(&one, request(json!(1), "tools/list", json!({}))).await;
    assert_eq!(
        (status, &parsed(&said)["error"]["code"]),
        (404, &json!(-32601))
    );
}

#[tokio::test]
async fn what_targets_say_of_themselves_is_merged() {
    let (a, asked) = server(|_, _| {
        Say::Result(r#"{"resultType":"complete","capabilities":{"tools":{"listChanged":false}},"instructions":"use \"a\"","ttlMs":5000,"cacheScope":"public"}"#.into())
    });
    let (b, _) = server(|_, _| {
        Say::Result(r#"{"resultType":"complete","capabilities":{"tools":{"listChanged":true},"extensions":{"x/y":{"n":1.0}}},"instructions":"and b","ttlMs":3000,"cacheScope":"private"}"#.into())
    });
    let one = federation([("a", a), ("b", b)])
        .server_info("us", "1")
        .into_server();
    let discover = request(
        json!("d"),
        "server/discover",
        json!({"_meta": {"progressToken": 3}}),
    );
    let (_, said) = answer(&one, discover).await;
    assert_eq!(
        std::str::from_utf8(&said).unwrap(),
        r#"{"jsonrpc":"2.0","id":"d","result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true},"extensions":{"x/y":{"n":1.0}}},"instructions":"a:\nuse \"a\"\n\nb:\nand b","ttlMs":3000,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"us","version":"1"}}}}"#
    );
    assert!(
        asked.last()["params"]["_meta"]
            .get("progressToken")
            .is_none()
    );
}

#[tokio::test]
async fn one_target_is_itself() {
    let result = r#"{"resultType":"complete", "tools":[ {"name":"a","x":1.0} ], "nextCursor":"own" ,"y":2,"ttlMs":7}"#;
    let (a, asked) = server(move |method, _| match method {
        "tools/list" => Say::Result(result.to_owned()),
        "x/y" => Say::Result("{}".into()),
        _ => nothing(),
    });
    let one = federation([("a", a)]).into_server();
    let (_, said) = answer(
        &one,
        request(json!(1), "tools/list", json!({"cursor": "c"})),
    )
    .await;
    assert_eq!(
        said,
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#)
    );
    assert_eq!(asked.last()["params"]["cursor"], "c");
    assert_eq!(ask(&one, "x/y", json!({})).await["result"], json!({}));
    let said = ask(&one, "server/discover", json!({})).await;
    assert_eq!(said["result"]["ttlMs"], 60000);
}

/// Fault M23: annotations of headers that are empty, there twice but for their case, or on an item of an array.
#[tokio::test]
async fn a_tool_whose_headers_cannot_be_sent_is_left_out() {
    let tool = |name: &str, properties: &str| {
        format!(
            r#"{{"name":"{name}","inputSchema":{{"type":"object","properties":{properties}}}}}"#
        )
    };
    let tools = [
        tool("good", r#"{"a":{"type":"string","x-mcp-header":"Region"}}"#),
        tool("empty", r#"{"a":{"type":"string","x-mcp-header":""}}"#),
        tool("crlf", r#"{"a":{"type":"string","x-mcp-header":"A\r\nB"}}"#),
        tool(
            "twice",
            r#"{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}"#,
        ),
        tool(
            "item",
            r#"{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}"#,
        ),
    ];
    let (a, _) = server(move |method, _| match method {
        "tools/list" => {
            let all: Vec<_> = tools.iter().map(String::as_str).collect();
            list("tools", &all, None)
        }
        _ => nothing(),
    });
    let (b, _) = server(paged(&["1"], &[]));
    let federation = federation([("a", a), ("b", b)]);
    let counts = federation.counts();
    let said = ask(&federation.into_server(), "tools/list", json!({})).await;
    assert_eq!(names(&said, "tools"), ["a_good", "b_1"]);
    let omitted = said["result"]["_meta"]["dev.agentgateway/omitted"].as_array();
    let omitted: Vec<_> = omitted.unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(omitted, ["empty", "crlf", "twice", "item"]);
    assert_eq!(counts.omitted_items(), 4);
}
