use std::time::Duration;

use agentgateway_core::ErrorKind;
use serde_json::{Value, json};

use super::{
    lists::{names, paged},
    support::{Say, ask, federation, list, nothing, request, server},
};
use crate::route::{LongNames, PrefixMode};

/// Fault M17: two servers have a tool of the same name.
#[tokio::test(start_paused = true)]
async fn a_name_that_two_have_is_prefixed_or_refused() {
    let tools = |all: &'static [&'static str]| {
        move |method: &str, params: &Value| match method {
            "tools/list" => {
                let all: Vec<_> = all
                    .iter()
                    .map(|name| format!(r#"{{"name":"{name}"}}"#))
                    .collect();
                let all: Vec<_> = all.iter().map(String::as_str).collect();
                list("tools", &all, None)
            }
            "tools/call" => Say::Result(json!({"said": params["name"]}).to_string()),
            _ => nothing(),
        }
    };
    let build = || {
        let (a, asked) = server(tools(&["search", "one"]));
        let (b, _) = server(tools(&["search", "two"]));
        (federation([("a", a), ("b", b)]), asked)
    };
    let one = build().0.into_server();
    let said = ask(&one, "tools/list", json!({})).await;
    assert_eq!(
        names(&said, "tools"),
        ["a_search", "a_one", "b_search", "b_two"]
    );
    let (never, asked) = build();
    let never = never.prefix_mode(PrefixMode::Never).into_server();
    let said = ask(&never, "tools/call", json!({"name": "one"})).await;
    assert_eq!(said["result"]["said"], "one");
    assert_eq!(
        asked.methods(),
        ["server/discover", "tools/list", "tools/call"]
    );
    ask(&never, "tools/call", json!({"name": "one"})).await;
    assert_eq!(asked.methods().len(), 4);
    let said = ask(&never, "tools/call", json!({"name": "search"})).await;
    assert_eq!(said["error"]["code"], -32602);
    let said = ask(&never, "tools/list", json!({})).await;
    assert_eq!(names(&said, "tools"), ["one", "two"]);
    assert_eq!(
        said["result"]["_meta"]["dev.agentgateway/omitted"],
        json!([{"target": "a", "name": "search", "reason": "ambiguous"}, {"target": "b", "name": "search", "reason": "ambiguous"}])
    );
    let said = ask(&never, "tools/call", json!({"name": "none"})).await;
    assert_eq!(said["error"]["code"], -32602);
}

/// Fault M18 (part): a name over 64 characters is shortened, and called by that name.
#[tokio::test(start_paused = true)]
async fn a_shortened_name_leads_to_its_tool() {
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(80));
    let tools = move |method: &str, params: &Value| match method {
        "tools/list" => list("tools", &[&long], None),
        "tools/call" => Say::Result(json!({"said": params["name"]}).to_string()),
        _ => nothing(),
    };
    let build = || {
        let (a, asked) = server(tools.clone());
        let (b, _) = server(paged(&["1"], &[]));
        (federation([("a", a), ("b", b)]), asked)
    };
    let (one, asked) = build();
    let one = one.into_server();
    let name = names(&ask(&one, "tools/list", json!({})).await, "tools")[0].clone();
    assert_eq!(name.len(), 64);
    let said = ask(&one, "tools/call", json!({"name": name})).await;
    assert_eq!(said["result"]["said"], "x".repeat(80));
    assert_eq!(
        asked.methods(),
        ["server/discover", "tools/list", "tools/call"]
    );
    // One that has not listed it yet finds it all the same.
    let two = build().0.into_server();
    let said = ask(&two, "tools/call", json!({"name": name})).await;
    assert_eq!(said["result"]["said"], "x".repeat(80));
    let (omit, _) = build();
    let omit = omit.long_names(LongNames::Omit);
    let counts = omit.counts();
    let omit = omit.into_server();
    let said = ask(&omit, "tools/list", json!({})).await;
    assert_eq!(names(&said, "tools"), ["b_1"]);
    assert_eq!(
        said["result"]["_meta"]["dev.agentgateway/omitted"][0]["reason"],
        "name_too_long"
    );
    assert_eq!(counts.omitted_items(), 1);
}

/// Names that nobody knows yet, called by many at once, are listed once.
#[tokio::test(start_paused = true)]
async fn many_that_look_up_make_one_listing() {
    let tools = |name: &'static str| {
        move |method: &str, params: &Value| match method {
            "tools/list" => list("tools", &[&format!(r#"{{"name":"{name}"}}"#)], None),
            "tools/call" => Say::Result(json!({"said": params["name"]}).to_string()),
            _ => nothing(),
        }
    };
    let (a, a_asked) = server(tools("x"));
    let (b, b_asked) = server(tools("y"));
    let one = federation([("a", a), ("b", b)])
        .prefix_mode(PrefixMode::Never)
        .into_server();
    let lists = |asked: &super::support::Asked| {
        asked
            .methods()
            .iter()
            .filter(|method| *method == "tools/list")
            .count()
    };
    let calls = (0..50).map(|n| {
        let name = ["x", "y", "z"][n % 3];
        let one = &one;
        async move { (name, ask(one, "tools/call", json!({"name": name})).await) }
    });
    for (name, said) in futures_util::future::join_all(calls).await {
        match name {
            "z" => assert_eq!(said["error"]["code"], -32602),
            _ => assert_eq!(said["result"]["said"], name),
        }
    }
    assert_eq!((lists(&a_asked), lists(&b_asked)), (1, 1));
    // One that is asked for again and again does not list again and again.
    for _ in 0..50 {
        ask(&one, "tools/call", json!({"name": "z"})).await;
    }
    assert_eq!(lists(&a_asked), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    ask(&one, "tools/call", json!({"name": "z"})).await;
    assert_eq!(lists(&a_asked), 2);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_hangs_keeps_no_known_name_waiting() {
    let (a, _) = server(|method, params| match method {
        "tools/call" => Say::Result(json!({"said": params["name"]}).to_string()),
        _ => paged(&["x"], &[])(method, params),
    });
    let (b, _) = server(|_, _| Say::Late);
    let one = federation([("a", a), ("b", b)])
        .prefix_mode(PrefixMode::Never)
        .into_server();
    let call = async |name: &str| {
        let begun = tokio::time::Instant::now();
        let call = request(json!(1), "tools/call", json!({"name": name}));
        let answer = one.send(call).await;
        (
            answer
                .map(|answer| answer.status())
                .map_err(|error| error.kind()),
            begun.elapsed().as_secs(),
        )
    };
    assert_eq!(call("x").await, (Ok(http::StatusCode::OK), 10));
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(call("x").await, (Ok(http::StatusCode::OK), 0));
    assert_eq!(call("y").await, (Err(ErrorKind::Unavailable), 10));
    assert_eq!(call("y").await, (Err(ErrorKind::Unavailable), 0));
}

#[tokio::test(start_paused = true)]
async fn without_prefixes_a_uri_is_found_by_list_or_template() {
    let has = |resources: &'static [&'static str], templates: &'static [&'static str]| {
        move |method: &str, params: &Value| {
            let items = |key: &str, all: &[&str]| {
                let all: Vec<_> = all
                    .iter()
                    .map(|uri| format!(r#"{{"{key}":"{uri}"}}"#))
                    .collect();
                all
            };
            match method {
                "resources/list" => {
                    let all = items("uri", resources);
                    list(
                        "resources",
                        &all.iter().map(String::as_str).collect::<Vec<_>>(),
                        None,
                    )
                }
                "resources/templates/list" => {
                    let all = items("uriTemplate", templates);
                    list(
                        "resourceTemplates",
                        &all.iter().map(String::as_str).collect::<Vec<_>>(),
                        None,
                    )
                }
                "resources/read" => {
                    Say::Result(json!({"contents": [{"uri": params["uri"]}]}).to_string())
                }
                _ => nothing(),
            }
        }
    };
    let (a, a_asked) = server(has(&["x://1", "x://2"], &["file:///{path}", "{any}"]));
    let (b, b_asked) = server(has(&["x://2", "x://3"], &["file:///b/{path}", "y://{z}"]));
    let one = federation([("a", a), ("b", b)])
        .prefix_mode(PrefixMode::Never)
        .into_server();
    for (uri, to) in [
        ("x://1", Some(&a_asked)),
        ("x://2", None),
        ("x://3", Some(&b_asked)),
        ("file:///c", Some(&a_asked)),
        ("file:///b/c", Some(&b_asked)),
        ("y://z", Some(&b_asked)),
        ("z://z", None),
    ] {
        let said = ask(&one, "resources/read", json!({"uri": uri})).await;
        match to {
            Some(asked) => {
                assert_eq!(said["result"]["contents"][0]["uri"], uri);
                assert_eq!(asked.last()["params"]["uri"], uri);
            }
            None => assert_eq!(said["error"]["code"], -32602, "{uri}"),
        }
    }
}
