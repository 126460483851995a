use std::sync::Arc;

use agentgateway_core::{auth::Mode, policy::Policy};
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use super::support::*;
use crate::policy::oauth::*;

fn required() -> RequiredScopes {
    RequiredScopes::new(resource())
        .always(["mcp"])
        .method("tools/*", ["tools"])
        .tool("delete_*", ["files:write", "offline_access"])
        .tool("*_all", ["bulk"])
        .implies("admin", ["tools", "files:write"])
}

fn policies(mode: Mode) -> Vec<Arc<dyn Policy>> {
    vec![
        Arc::new(server(&resource()).mode(mode)),
        Arc::new(required()),
    ]
}

async fn called(tool: &str, scope: Value) -> Answered {
    let token = token(&but(&json!({"scope": scope})));
    asked(policies(Mode::Strict), call(tool, Some(&token))).await
}

#[tokio::test]
async fn who_lacks_a_scope_is_told_all_that_the_call_needs() {
    for (scope, lacks) in [
        ("mcp", "tools files:write bulk"),
        ("mcp tools files:write", "bulk"),
        ("mcp tools files:writer bulk", "files:write"),
        ("", "mcp tools files:write bulk"),
    ] {
        let answered = called("delete_all", json!(scope)).await;
        assert_eq!(answered.status, 403, "{scope}");
        assert_eq!(
            answered.challenge(),
            format!(
                "Bearer realm=\"Restricted\",resource_metadata=\"{METADATA}\",\
                 scope=\"mcp tools files:write bulk\",error=\"insufficient_scope\",\
                 error_description=\"the token lacks the scope {lacks}\""
            ),
            "{scope}"
        );
        assert!(answered.reached.is_none());
        assert!(
            answered
                .body
                .starts_with(br#"{"jsonrpc":"2.0","id":7,"error":{"code":-31403"#)
        );
    }
}

#[tokio::test]
async fn a_tool_asks_for_its_own_scopes_alone() {
    for (tool, scope, status) in [
        ("search", "mcp tools", 200),
        ("search", "mcp", 403),
        ("delete_one", "mcp tools files:write", 200),
        ("delete_one", "mcp tools", 403),
        ("delete_one", "mcp admin", 200),
        ("delete_all", "mcp admin", 403),
        ("DELETE_one", "mcp tools", 200),
    ] {
        assert_eq!(
            called(tool, json!(scope)).await.status,
            status,
            "{tool} {scope}"
        );
    }
    let listed = |scope: &str| {
        let token = token(&but(&json!({"scope": scope})));
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        let request = Request::post("/team").header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {token}"));
        asked(
            policies(Mode::Strict),
            request.body(Full::from(body)).unwrap(),
        )
    };
    assert_eq!(
        listed("mcp tools").await.status,
        200,
        "what it cannot call it may see"
    );
    assert_eq!(listed("mcp").await.status, 403);
}

#[tokio::test]
async fn who_is_not_known_is_asked_for_a_token_with_the_same_scopes() {
    let answered = asked(policies(Mode::Permissive), call("delete_one", None)).await;
    assert_eq!(answered.status, 401);
    assert_eq!(
        answered.challenge(),
        format!(
            "Bearer realm=\"Restricted\",resource_metadata=\"{METADATA}\",\
             scope=\"mcp tools files:write\""
        )
    );
}
