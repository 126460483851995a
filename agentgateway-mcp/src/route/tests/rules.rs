use serde_json::{Value, json};

use super::calls::echo;
use super::support::{Say, answer, ask, federation, list, request, server};
use crate::{
    policy::{Caller, Item, ItemKind},
    route::{FederationTarget, PrefixMode, ToolOverride},
};

#[tokio::test]
async fn a_denied_tool_is_an_unknown_tool() {
    let tools = |method: &str, params: &Value| match method {
        "tools/list" => list("tools", &[r#"{"name":"a"}"#, r#"{"name":"b"}"#], None),
        _ => echo(method, params),
    };
    let (git, asked) = server(tools);
    let (files, _) = server(tools);
    let one = federation([("git", git), ("files", files)])
        .filter(|_: &Caller<'_>, item: &Item<'_>| {
            let (target, kind, name) = (item.target(), item.kind(), item.name());
            (target, kind, name) != ("git", ItemKind::Tool, "b")
        })
        .into_server();
    let said = ask(&one, "tools/list", json!({})).await;
    let names: Vec<_> = said["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| &tool["name"])
        .collect();
    assert_eq!(names, ["git_a", "files_a", "files_b"]);
    assert_eq!(said["result"]["cacheScope"], "private");
    let denied = ask(&one, "tools/call", json!({"name": "git_b"})).await;
    let missing = ask(&one, "tools/call", json!({"name": "x_b"})).await;
    assert_eq!(denied["error"]["message"], "Unknown tool: git_b");
    assert_eq!(missing["error"]["message"], "Unknown tool: x_b");
    assert!(!asked.methods().contains(&"tools/call".to_owned()));
}

/// Fault M24: what a caller reads under a filter is for no cache that others share.
#[tokio::test]
async fn what_a_filter_allows_is_private() {
    let reads = |_: &str, _: &Value| {
        Say::Result(
            r#"{"resultType":"complete","contents":[],"ttlMs":5,"cacheScope":"public"}"#.into(),
        )
    };
    for is_filtered in [false, true] {
        let (git, _) = server(reads);
        let mut one = federation([("git", git)]);
        if is_filtered {
            one = one.filter(|_: &Caller<'_>, _: &Item<'_>| true);
        }
        let said = ask(
            &one.into_server(),
            "resources/read",
            json!({"uri": "x://y"}),
        )
        .await;
        let scope = if is_filtered { "private" } else { "public" };
        assert_eq!(said["result"]["cacheScope"], scope);
    }
}

#[tokio::test]
async fn a_tool_is_told_under_another_name() {
    let tools = |method: &str, params: &Value| match method {
        "tools/list" => list(
            "tools",
            &[
                r#"{"name":"rm","description":"old","x":1}"#,
                r#"{"name":"remove"}"#,
                r#"{"name":"ls","inputSchema":{}}"#,
            ],
            None,
        ),
        _ => echo(method, params),
    };
    let (git, _) = server(tools);
    let target = FederationTarget::new("git", git)
        .unwrap()
        .tool(
            "rm",
            ToolOverride::new().name("remove").description("de\"letes"),
        )
        .tool("ls", ToolOverride::new().description("lists"));
    let one = crate::route::Federation::new(agentgateway_core::seal::Sealer::random())
        .target(target)
        .prefix_mode(PrefixMode::Always)
        .into_server();
    let said = answer(&one, request(json!(1), "tools/list", json!({})))
        .await
        .1;
    let text = std::str::from_utf8(&said).unwrap();
    assert!(text.contains(
        r#""tools":[{"name":"git_remove","description":"de\"letes","x":1},{"description":"lists","name":"git_ls","inputSchema":{}}]"#
    ), "{text}");
    let said = ask(&one, "tools/call", json!({"name": "git_remove"})).await;
    assert_eq!(said["result"]["said"]["name"], "rm");
    let said = ask(&one, "tools/call", json!({"name": "git_rm"})).await;
    assert_eq!(said["error"]["code"], -32602);
}
