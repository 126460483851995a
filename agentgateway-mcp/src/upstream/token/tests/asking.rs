use agentgateway_core::{Body, Error, egress::Guard};
use http::{Request, Response};
use tower::service_fn;

use super::{super::*, support::*};

#[tokio::test]
async fn the_gateway_asks_in_its_own_name() {
    let issuer = Issuer::new();
    let endpoint = issuer.endpoint().client("gate way", "s:cret&é");
    let tokens = UpstreamTokens::client_credentials(endpoint)
        .resource(SERVER)
        .scopes(["read", "write"])
        .parameter("extra", "a b");
    assert_eq!(token_of(&tokens, None).await.as_deref(), Some("Bearer t1"));
    let (headers, form) = issuer.asked(0);
    // gate+way:s%3Acret%26%C3%A9
    assert_eq!(
        headers["authorization"],
        "Basic Z2F0ZSt3YXk6cyUzQWNyZXQlMjYlQzMlQTk="
    );
    assert!(headers["authorization"].is_sensitive());
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(
        form,
        "grant_type=client_credentials&resource=https%3A%2F%2Ffiles.example.org%2Fmcp&extra=a+b\
         &scope=read+write"
    );
}

#[tokio::test]
async fn a_secret_may_stand_in_the_form_and_need_not_be_there() {
    let issuer = Issuer::new();
    let how = ClientAuthentication::Post;
    let endpoint = issuer
        .endpoint()
        .client("gateway", "s&cret")
        .authenticated_by(how);
    token_of(&UpstreamTokens::client_credentials(endpoint), None).await;
    let endpoint = issuer.endpoint().public_client("gateway");
    token_of(&UpstreamTokens::client_credentials(endpoint), None).await;
    token_of(&UpstreamTokens::client_credentials(issuer.endpoint()), None).await;
    for (at, expected) in [
        "grant_type=client_credentials&client_id=gateway&client_secret=s%26cret",
        "grant_type=client_credentials&client_id=gateway",
        "grant_type=client_credentials",
    ]
    .into_iter()
    .enumerate()
    {
        let (headers, form) = issuer.asked(at);
        assert_eq!(form, expected);
        assert!(!headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn a_client_may_sign_who_it_is() {
    let issuer = Issuer::new();
    let key = ClientKey::es256(&client_key::tests::pem(), ENDPOINT).unwrap();
    let endpoint = issuer.endpoint().signing_client("gateway", key);
    token_of(&UpstreamTokens::client_credentials(endpoint), None).await;
    let (headers, form) = issuer.asked(0);
    let start = "grant_type=client_credentials&client_id=gateway&client_assertion_type=\
                 urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";
    let assertion = form.strip_prefix(start).unwrap();
    assert_eq!(assertion.split('.').count(), 3, "{assertion}");
    assert!(!headers.contains_key("authorization"));
}

/// Fault M34: a server with its own OAuth: it is sent its own token alone, the client's is exchanged
/// for it and stays here.
#[tokio::test]
async fn a_callers_token_is_exchanged_for_one_of_the_server() {
    let issuer = Issuer::new();
    let endpoint = issuer.endpoint().client("gateway", "secret");
    let tokens = UpstreamTokens::exchange(endpoint)
        .resource(SERVER)
        .audience("files");
    let sent = token_of(&tokens, Some(("alice", "canary.of.alice"))).await;
    assert_eq!(sent.as_deref(), Some("Bearer t1"));
    assert_eq!(
        issuer.asked(0).1,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
         &subject_token=canary.of.alice\
         &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
         &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
         &resource=https%3A%2F%2Ffiles.example.org%2Fmcp&audience=files"
    );
}

#[tokio::test]
async fn kinds_of_tokens_can_be_named_and_a_callers_can_be_an_assertion() {
    let issuer = Issuer::new();
    let tokens = UpstreamTokens::exchange(issuer.endpoint())
        .subject_type("urn:ietf:params:oauth:token-type:jwt")
        .requested_type("urn:example:kind");
    token_of(&tokens, Some(("alice", "canary.of.alice"))).await;
    let form = issuer.asked(0).1;
    for said in [
        "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&",
        "&requested_token_type=urn%3Aexample%3Akind",
    ] {
        assert!(form.contains(said), "{form}");
    }
    let tokens = UpstreamTokens::assertion(issuer.endpoint()).scopes(["files"]);
    let sent = token_of(&tokens, Some(("alice", "canary.of.alice"))).await;
    assert_eq!(sent.as_deref(), Some("Bearer t2"));
    assert_eq!(
        issuer.asked(1).1,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer\
         &assertion=canary.of.alice&scope=files"
    );
    // Nothing is sent for who has come with no token.
    assert_eq!(token_of(&tokens, None).await, None);
}

/// Fault M35: the URL that tokens are had from: nothing within the network, no `http`, no other scheme.
#[test]
fn the_endpoint_is_where_the_guard_lets_it_be() {
    let client =
        service_fn(|_: Request<Body>| async { Ok::<_, Error>(Response::new(Body::empty())) });
    for url in [
        "http://id.example.org/token",
        "https://127.0.0.1/token",
        "https://[::1]:8443/token",
        "https://10.0.0.1/token",
        "https://169.254.169.254/latest/meta-data",
        "https://0x7f.1/token",
        "https://user@id.example.org/token",
        "https://id.example.org/token#x",
        "file:///etc/passwd",
        "/token",
    ] {
        assert!(TokenEndpoint::new(url, client).is_err(), "{url}");
    }
    let own = Guard::new()
        .allow_http()
        .allow_networks(["10.0.0.0/8".parse().unwrap()].into_iter().collect());
    assert!(TokenEndpoint::guarded("http://10.0.0.1:8080/token", &own, client).is_ok());
    assert!(TokenEndpoint::guarded("http://127.0.0.1:8080/token", &own, client).is_err());
}

#[tokio::test]
async fn no_secret_is_shown() {
    let issuer = Issuer::new().answers(200, issued("canary-token", 60));
    let endpoint = issuer.endpoint().client("gateway", "canary-secret");
    let tokens = UpstreamTokens::exchange(endpoint.clone());
    token_of(&tokens, Some(("alice", "canary-subject"))).await;
    let layer = UpstreamTokenLayer::new(tokens.clone());
    let shown = format!("{endpoint:?} {tokens:?} {layer:?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert!(
        shown.contains("gateway") && shown.contains("kept: 1"),
        "{shown}"
    );
}

#[test]
fn services_and_futures_can_be_shared() {
    fn shared<T: Clone + Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<UpstreamTokens>();
    shared::<UpstreamTokenLayer>();
    shared::<UpstreamToken<()>>();
    sent::<ResponseFuture<(), (), ()>>();
}
