//! Listener and client as one proxy.

use http::header;
use tokio::sync::oneshot;

use super::*;
use crate::upstream::{Client, Endpoint};

/// A listener that forwards all to one place.
async fn proxy(to: SocketAddr) -> SocketAddr {
    let (client, endpoint) = (Client::new(), to.to_string().parse::<Endpoint>().unwrap());
    serving(tower::service_fn(move |request: Request<RequestBody>| {
        let (client, endpoint) = (client.clone(), endpoint.clone());
        async move {
            let (mut parts, body) = request.into_parts();
            endpoint.apply(&mut parts)?;
            let request = Request::from_parts(parts, Body::new(body));
            tower::ServiceExt::oneshot(client, request).await
        }
    }))
    .await
}

#[tokio::test]
async fn forwards_requests_of_both_versions() {
    let front = proxy(serving(tower::service_fn(echo)).await).await;
    for client in [Client::new(), Client::builder().http2_only().build()] {
        let request = Request::post(format!("http://{front}/a"))
            .body(Body::from(Bytes::from_static(b"hello")))
            .unwrap();
        let response = call(&client, request).await.unwrap();
        assert_eq!(response.headers()["x-version"], "HTTP/1.1");
        assert_eq!(text(response).await, "hello");
    }
}

#[tokio::test]
async fn http1_trailers_pass_through() {
    let back = answering(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n\
         1\r\na\r\n0\r\nx-sum: 7\r\n\r\n",
    )
    .await;
    let front = proxy(back).await;
    let mut request = get(front, "/");
    request
        .headers_mut()
        .insert(header::TE, "trailers".parse().unwrap());
    let response = call(&Client::new(), request).await.unwrap();
    let whole = timeout(SOON, response.into_body().collect())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(whole.trailers().unwrap()["x-sum"], "7");
}

#[tokio::test]
async fn unreachable_service_is_a_bad_gateway() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = gone.local_addr().unwrap();
    drop(gone);
    let response = call(&Client::new(), get(proxy(addr).await, "/"))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(text(response).await, "cannot reach the service");
}

/// An early and large answer to an upload that is not yet read: nobody may wait for the other.
#[tokio::test]
async fn early_answer_to_a_large_upload_does_not_stall() {
    const SIZE: usize = 4 * 1024 * 1024;
    let back = scripted(|mut stream| async move {
        read_head(&mut stream).await;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut read, &mut tokio::io::sink()).await });
        write.write_all(&vec![b'x'; SIZE]).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let request = Request::post(format!("http://{}/", proxy(back).await))
        .body(Body::from(Bytes::from(vec![b'y'; SIZE])))
        .unwrap();
    let response = call(&Client::new(), request).await.unwrap();
    assert_eq!(text(response).await.len(), SIZE);
}

#[tokio::test]
async fn client_that_leaves_closes_the_upstream_promptly() {
    for (answer, http2) in [
        ("", false),
        ("HTTP/1.1 200 OK\r\n\r\npart", false),
        ("", true),
        ("HTTP/1.1 200 OK\r\n\r\npart", true),
    ] {
        let (closed, told) = oneshot::channel();
        let closed = std::sync::Arc::new(std::sync::Mutex::new(Some(closed)));
        let back = scripted(move |mut stream| {
            let closed = closed.lock().unwrap().take();
            async move {
                read_head(&mut stream).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
                assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
                closed.unwrap().send(()).unwrap();
            }
        })
        .await;
        let front = proxy(back).await;
        let client = match http2 {
            true => Client::builder().http2_only().build(),
            false => Client::new(),
        };
        let exchange = async {
            let mut body = call(&client, get(front, "/")).await.unwrap().into_body();
            body.frame().await.unwrap().unwrap();
            body.frame().await
        };
        assert!(timeout(Duration::from_millis(150), exchange).await.is_err());
        timeout(Duration::from_secs(1), told)
            .await
            .unwrap()
            .unwrap();
    }
}
