use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// Posts JSON and reads the whole answer.
pub async fn post(url: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Response<Bytes> {
    let mut request = Request::post(url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request.body(Full::new(body.into())).expect("a request")).await
}

/// Gets and reads the whole answer.
pub async fn get(url: &str) -> Response<Bytes> {
    send(Request::get(url).body(Full::default()).expect("a request")).await
}

async fn send(request: Request<Full<Bytes>>) -> Response<Bytes> {
    let client: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client
        .request(request)
        .await
        .expect("an answer")
        .into_parts();
    Response::from_parts(head, body.collect().await.expect("a whole body").to_bytes())
}
