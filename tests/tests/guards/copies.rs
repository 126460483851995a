//! Copies of requests that may not pass.

use agentgateway_tests::raw::RawUpstream;

use super::*;

const KEY: &str = "k-alice-3q7v9dJq0yW1";

fn mirrored(to: u16, copies: u16) -> String {
    let keys = format!(
        "
apiVersion: v1
kind: Secret
metadata: {{name: keys, namespace: default}}
stringData: {{alice: {KEY}}}
"
    );
    let mirror = "filters:
    - type: RequestMirror
      requestMirror: {backendRef: {group: agentgateway.dev, kind: AgentgatewayBackend, name: copies}}";
    let callers = "traffic: {apiKeyAuthentication: {secretRef: {name: keys}}}";
    let objects = [
        keys,
        backend("copies", &at(copies, "")),
        served("llm", "copied", &at(to, ""), mirror),
        policy("callers", &of_route("copied"), callers),
    ];
    objects.join(SEPARATOR)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_reaches_nobody_whom_the_request_may_not_reach() {
    const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let (service, copies) = (
        RawUpstream::serving(OK).await,
        RawUpstream::serving(OK).await,
    );
    let objects = mirrored(service.port(), copies.port());
    let (gateway, _servers) = before_demo(&objects).await;
    let url = format!("{}/copied", gateway.url("llm"));
    for _ in 0..5 {
        assert_eq!(
            post(&url, &[], "{}").await.status(),
            StatusCode::UNAUTHORIZED
        );
    }
    let bearer = format!("Bearer {KEY}");
    let known = post(&url, &[("authorization", &bearer)], "{}").await;
    assert_eq!(known.status(), StatusCode::OK);
    // The copies of those before would have come first.
    copies.requested(1).await;
    let told = copies.requests();
    assert_eq!((told.len(), service.requests().len()), (1, 1));
    assert_eq!(told[0].values("authorization"), [""; 0], "{told:?}");
}
