//! Where keys are.

use http::{Request, Response};

use super::{super::support::*, support::*};
use crate::{
    auth::jwt::*,
    body::Body,
    error::{Error, ErrorKind},
};

#[test]
fn a_url_that_leads_nowhere_is_told_at_once() {
    let nobody = tower::service_fn(|_: Request<Body>| async { Err::<Response<Body>, _>(no()) });
    for url in [
        "",
        "/keys",
        "id.example.org",
        "ftp://h/",
        "https://u:p@h/",
        "file:///etc/passwd",
    ] {
        let error = RemoteKeys::new(url, nobody).unwrap_err();
        assert_eq!(error, InvalidKeys::NotUrl, "{url}");
        assert!(RemoteKeys::discover(url, nobody).is_err(), "{url}");
    }
    assert!(RemoteKeys::discover("https://h/?a", nobody).is_err());
}

fn no() -> Error {
    Error::new(ErrorKind::Unavailable, "no")
}

const CONFIGURATION: &str = "https://id.example.org/tenant/.well-known/openid-configuration";

fn discovering(configuration: serde_json::Value) -> RemoteKeys {
    let keys = jwks([&Signer::new(1, Some("a"))]);
    let service = tower::service_fn(move |request: Request<Body>| {
        let text = if request.uri() == CONFIGURATION {
            configuration.to_string()
        } else {
            keys.clone()
        };
        async move { Ok::<_, Error>(json(text)) }
    });
    RemoteKeys::discover("https://id.example.org/tenant/", service).unwrap()
}

#[tokio::test]
async fn a_configuration_leads_to_keys_on_its_own_server() {
    let said = |issuer: &str, keys: &str| serde_json::json!({"issuer": issuer, "jwks_uri": keys});
    let own = "https://id.example.org/tenant/";
    for keys in [
        "https://id.example.org/keys",
        "https://ID.example.org:443/keys?v=1",
    ] {
        assert_eq!(
            discovering(said(own, keys)).refresh().await,
            Ok(()),
            "{keys}"
        );
    }
    for keys in [
        "https://keys.example.org/",
        "https://id.example.org:8443/keys",
        "http://id.example.org/keys",
    ] {
        let refused = discovering(said(own, keys)).refresh().await;
        assert_eq!(refused, Err(KeysFailure::ForeignUrl), "{keys}");
    }
    let elsewhere = || discovering(said(own, "https://keys.example.org/"));
    assert_eq!(
        elsewhere().allow_host("Keys.example.org").refresh().await,
        Ok(())
    );
    assert!(
        elsewhere()
            .allow_host("example.org")
            .refresh()
            .await
            .is_err()
    );
    for configuration in [
        said(
            "https://id.example.org/tenant",
            "https://id.example.org/keys",
        ),
        said(own, "file:///etc/passwd"),
        said(own, "/keys"),
        serde_json::json!({"issuer": own}),
        serde_json::json!([]),
    ] {
        let refused = discovering(configuration).refresh().await;
        assert_eq!(refused, Err(KeysFailure::Malformed));
    }
}
