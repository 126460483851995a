use agentgateway_core::context::{AuthMethod, Credential, Principal};

use super::{super::*, support::*};

#[tokio::test]
async fn nobody_is_served_with_the_token_of_another() {
    let issuer = Issuer::new();
    let tokens = UpstreamTokens::exchange(issuer.endpoint());
    for (caller, expected) in [
        (("alice", "a1"), "Bearer t1"),
        (("bob", "b1"), "Bearer t2"),
        (("alice", "a1"), "Bearer t1"),
        // What an earlier token allowed, a later one may not.
        (("alice", "a2"), "Bearer t3"),
        // The same text in another's name: what it is worth there is for the server to say.
        (("bob", "a1"), "Bearer t4"),
        (("bob", "b1"), "Bearer t2"),
    ] {
        let sent = token_of(&tokens, Some(caller)).await;
        assert_eq!(sent.as_deref(), Some(expected), "{caller:?}");
    }
    assert_eq!(issuer.count(), 4);
}

#[tokio::test]
async fn the_gateways_own_token_is_one_for_all() {
    let issuer = Issuer::new();
    let tokens = UpstreamTokens::client_credentials(issuer.endpoint());
    for caller in [None, Some(("alice", "a1")), Some(("bob", "b1"))] {
        let sent = token_of(&tokens, caller).await;
        assert_eq!(sent.as_deref(), Some("Bearer t1"));
    }
    assert!(!issuer.asked(0).1.contains("a1"));
}

#[tokio::test]
async fn who_has_no_token_is_not_exchanged_nor_is_a_key_or_a_password() {
    let issuer = Issuer::new();
    let tokens = UpstreamTokens::exchange(issuer.endpoint());
    let with = |method| {
        let mut request = call(None);
        Principal::new(method, "alice").insert(request.extensions_mut());
        Credential::new(method, "canary").insert(request.extensions_mut());
        request
    };
    for request in [
        call(None),
        with(AuthMethod::ApiKey),
        with(AuthMethod::Basic),
    ] {
        let called = sent(&tokens, request, (200, &[])).await;
        assert_eq!((called.status, called.sent), (401, None));
    }
    assert_eq!(issuer.count(), 0);
    // What an application's own method has found is a token of its own kind.
    let called = sent(&tokens, with(AuthMethod::Custom("opaque")), (200, &[])).await;
    assert_eq!(called.sent.as_deref(), Some("Bearer t1"));

    // The token is the one of its method, whatever was found out behind it.
    let mut request = call(Some(("alice", "a1")));
    Principal::new(AuthMethod::ApiKey, "key").insert(request.extensions_mut());
    Credential::new(AuthMethod::ApiKey, "canary").insert(request.extensions_mut());
    sent(&tokens, request, (200, &[])).await;
    assert!(issuer.asked(1).1.contains("subject_token=a1&"));
}

#[tokio::test]
async fn what_is_wrong_with_the_caller_is_not_what_is_wrong_with_the_gateway() {
    let caller = Some(("alice", "a1"));
    for (error, exchanged, own) in [
        ("invalid_grant", 403, 502),
        ("invalid_request", 403, 502),
        ("access_denied", 403, 502),
        ("invalid_client", 502, 502),
        ("invalid_target", 502, 502),
        ("something_else", 502, 502),
    ] {
        let body = format!(r#"{{"error":"{error}","error_description":"canary"}}"#);
        let issuer = Issuer::new().answers(400, body.clone()).answers(400, body);
        let tokens = UpstreamTokens::exchange(issuer.endpoint());
        let called = sent(&tokens, call(caller), (200, &[])).await;
        assert_eq!((called.status, called.sent), (exchanged, None), "{error}");
        let tokens = UpstreamTokens::client_credentials(issuer.endpoint());
        let called = sent(&tokens, call(caller), (200, &[])).await;
        assert_eq!((called.status, called.sent), (own, None), "{error}");
    }
}
