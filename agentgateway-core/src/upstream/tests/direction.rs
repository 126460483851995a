//! Another host than the target's, and another address than its name's.

use http::{HeaderValue, header};

use super::*;
use crate::upstream::{Client, DialAddr, HostField};

/// Answers with the host that it was asked for.
async fn naming() -> SocketAddr {
    let service = tower::service_fn(|request: Request<RequestBody>| async move {
        let field = request.headers().get(header::HOST);
        let field = field.map(|value| value.to_str().unwrap().to_owned());
        let named = request.uri().authority().map(ToString::to_string);
        let host = named.or(field).unwrap();
        Ok::<_, Infallible>(Response::new(Body::from(Bytes::from(host))))
    });
    serving(service).await
}

#[tokio::test]
async fn the_host_is_the_one_that_was_given_and_the_name_is_not_looked_up() {
    let addr = naming().await;
    for client in [Client::new(), Client::builder().http2_only().build()] {
        let to = format!("http://no.such.name.invalid:{}/", addr.port());
        let dialled = || Request::get(&to).extension(DialAddr::new(addr));
        let request = dialled().body(Body::empty()).unwrap();
        let named = text(call(&client, request).await.unwrap()).await;
        assert_eq!(named, format!("no.such.name.invalid:{}", addr.port()));

        let host = HostField::new(HeaderValue::from_static("other.example:81"));
        let request = dialled().extension(host).body(Body::empty()).unwrap();
        let named = text(call(&client, request).await.unwrap()).await;
        assert_eq!(named, "other.example:81");

        let request = Request::get(&to).body(Body::empty()).unwrap();
        let error = call(&client, request).await.unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Unavailable, "{error}");
    }
}
