use serde_json::json;

use super::support::*;
use crate::policy::oauth::*;

/// Fault M36: URLs that are none of the web, or that a shell would read: refused for every URL that
/// clients are told to open, and never repeated.
#[test]
fn what_clients_open_is_a_url_of_the_web() {
    for url in [
        "",
        "/mcp",
        "mcp.example.org",
        "javascript:alert(1)",
        "javascript://h/%0aalert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://h/",
        "https://h/$(calc.exe)",
        "https://h/`id`",
        "https://h/\";calc;\"",
        "https://h/'x'",
        "https://h/a|b",
        "https://h/a b",
        "https://h/\r\nset-cookie:a=b",
        "https://h/<script>",
        "https://user:pass@h/",
        "https://h/#x",
        "https://",
        "https://é.example/",
        "https://h\\@evil/",
    ] {
        let errors = [
            ProtectedResource::new(url, [ISSUER]).unwrap_err(),
            ProtectedResource::new(URL, [ISSUER, url]).unwrap_err(),
            resource().documentation(url).unwrap_err(),
            resource().policy(url).unwrap_err(),
            resource().terms(url).unwrap_err(),
        ];
        for error in errors {
            let words = error.to_string();
            assert!(url.len() < 2 || !words.contains(url), "{words}");
        }
    }
    let long = format!("https://h/{}", "a".repeat(2048));
    assert!(ProtectedResource::new(&long, [ISSUER]).is_err());
}

#[test]
fn a_resource_has_a_server_no_query_and_only_its_own_members() {
    let none: [&str; 0] = [];
    let error = ProtectedResource::new(URL, none).unwrap_err();
    assert_eq!(error.to_string(), "authorization_servers names none");
    let error = ProtectedResource::new("https://h/mcp?tenant=1", [ISSUER]).unwrap_err();
    assert_eq!(error.member(), "resource");
    for name in ["resource", "bearer_methods_supported", "resource_name"] {
        assert!(resource().member(name, json!("x")).is_err(), "{name}");
    }
}

#[test]
fn scopes_that_are_taken_back_are_gone() {
    let bare = resource().scopes(["offline_access"]);
    let text = String::from_utf8(bare.metadata().to_vec()).unwrap();
    assert!(
        !text.contains("scopes_supported") && !text.contains("offline"),
        "{text}"
    );
    let challenge = bare.challenge().to_value().unwrap();
    assert!(!challenge.to_str().unwrap().contains("scope="));
}
