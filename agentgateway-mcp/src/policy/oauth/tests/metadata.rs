use std::sync::Arc;

use agentgateway_core::policy::Policy;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};

use super::support::*;
use crate::policy::oauth::*;

const ROOT: &str = "/.well-known/oauth-protected-resource";

async fn got(policy: impl Policy, method: Method, path: &str) -> Answered {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("origin", "https://page.example");
    asked(
        vec![Arc::new(policy)],
        request.body(Full::<Bytes>::default()).unwrap(),
    )
    .await
}

#[tokio::test]
async fn metadata_are_served_at_both_paths_without_a_token_and_to_any_page() {
    let resource = resource()
        .named("Team")
        .documentation("https://docs.example.org/mcp")
        .unwrap()
        .member("tls_client_certificate_bound_access_tokens", json!(false))
        .unwrap();
    for path in [
        ROOT.to_owned(),
        format!("{ROOT}/team"),
        format!("{ROOT}/team/"),
    ] {
        let answered = got(server(&resource), Method::GET, &path).await;
        assert_eq!(answered.status, 200, "{path}");
        assert_eq!(answered.headers["content-type"], "application/json");
        assert_eq!(answered.headers["access-control-allow-origin"], "*");
        let document: Value = serde_json::from_slice(&answered.body).unwrap();
        assert_eq!(
            document,
            json!({
                "resource": URL,
                "authorization_servers": [ISSUER],
                "bearer_methods_supported": ["header"],
                "scopes_supported": ["mcp"],
                "resource_name": "Team",
                "resource_documentation": "https://docs.example.org/mcp",
                "tls_client_certificate_bound_access_tokens": false,
            })
        );
        assert!(answered.reached.is_none());
        let head = got(server(&resource), Method::HEAD, &path).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
        assert_eq!(
            head.headers["content-length"],
            answered.body.len().to_string()
        );
    }
}

#[tokio::test]
async fn a_browser_is_let_through_and_other_methods_are_not() {
    let asked = got(server(&resource()), Method::OPTIONS, ROOT).await;
    assert_eq!(asked.status, 204);
    assert_eq!(
        asked.headers["access-control-allow-methods"],
        "GET, HEAD, OPTIONS"
    );
    assert_eq!(asked.headers["access-control-allow-headers"], "*");
    let posted = got(server(&resource()), Method::PUT, ROOT).await;
    assert_eq!(posted.status, 405);
    assert_eq!(posted.headers["allow"], "GET, HEAD, OPTIONS");
}

#[tokio::test]
async fn other_paths_are_not_the_metadatas() {
    for path in [
        "/team",
        "/.well-known/oauth-protected-resource/other",
        "/.well-known/oauth-protected-resourceteam",
        "/.well-known/oauth-authorization-server",
        "/x/.well-known/oauth-protected-resource",
    ] {
        let answered = got(server(&resource()), Method::GET, path).await;
        assert_eq!(answered.status, 401, "{path}");
        let alone = got(ResourceMetadata::new(resource()), Method::GET, path).await;
        assert_eq!(alone.status, 405, "{path}: it passes, and is no call");
    }
    let alone = got(ResourceMetadata::new(resource()), Method::GET, ROOT).await;
    assert_eq!(alone.status, 200);
}

#[test]
fn the_metadata_stand_before_the_path_of_the_resource() {
    for (url, expected, paths) in [
        (
            "https://h",
            "https://h/.well-known/oauth-protected-resource",
            1,
        ),
        (
            "https://h/",
            "https://h/.well-known/oauth-protected-resource",
            1,
        ),
        (
            "http://localhost:9/a/b",
            "http://localhost:9/.well-known/oauth-protected-resource/a/b",
            2,
        ),
        (
            "https://[::1]/mcp/",
            "https://[::1]/.well-known/oauth-protected-resource/mcp/",
            2,
        ),
    ] {
        let resource = ProtectedResource::new(url, [ISSUER]).unwrap();
        assert_eq!(resource.metadata_url(), expected);
        assert_eq!(resource.metadata_paths().count(), paths, "{url}");
    }
}
