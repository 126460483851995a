use std::convert::Infallible;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use crate::route::*;

mod cors;

/// A service that answers with the head that it was sent, within the extensions of its answer.
async fn echo(request: Request<String>) -> Result<Response<String>, Infallible> {
    let (parts, body) = request.into_parts();
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert("x-served", HeaderValue::from_static("1"));
    response.extensions_mut().insert(parts);
    Ok(response)
}

async fn through<L>(layer: L, request: Request<String>) -> Response<String>
where
    L: Layer<BoxCloneSyncService<Request<String>, Response<String>, Infallible>>,
    L::Service: Service<Request<String>, Response = Response<String>, Error = Infallible>,
{
    let service = layer.layer(BoxCloneSyncService::new(service_fn(echo)));
    service.oneshot(request).await.unwrap()
}

fn edit(name: &'static str) -> HeaderEdit {
    let value = HeaderValue::from_static("new");
    HeaderEdit {
        set: vec![(HeaderName::from_static(name), value)],
        ..HeaderEdit::default()
    }
}

#[test]
fn services_layers_and_futures_go_between_threads() {
    fn shared<T: Clone + Send + Sync>() {}
    fn sent<T: Send>() {}
    type Future = std::future::Ready<Result<Response<String>, Infallible>>;
    shared::<(RequestHeadersLayer, RequestHeadersService<()>)>();
    shared::<(ResponseHeadersLayer, ResponseHeadersService<()>)>();
    shared::<(RedirectLayer, RedirectService<()>)>();
    shared::<(RewriteLayer, RewriteService<()>)>();
    shared::<(CorsLayer, CorsService<()>)>();
    shared::<(MirrorLayer<()>, MirrorService<(), ()>)>();
    shared::<(Weighted<()>, Fraction)>();
    sent::<(
        ResponseHeadersFuture<Future>,
        CorsFuture<Future, String>,
        MirrorBody<String>,
    )>();
}

#[tokio::test]
async fn header_layers_edit_their_side_alone() {
    let answer = through(RequestHeadersLayer::new(edit("x-a")), Request::default()).await;
    let sent = answer.extensions().get::<http::request::Parts>().unwrap();
    assert_eq!(sent.headers["x-a"], "new");
    assert!(!answer.headers().contains_key("x-a"));

    let answer = through(
        ResponseHeadersLayer::new(edit("x-served")),
        Request::default(),
    )
    .await;
    let sent = answer.extensions().get::<http::request::Parts>().unwrap();
    assert_eq!(answer.headers()["x-served"], "new");
    assert!(sent.headers.is_empty());
}

#[tokio::test]
async fn a_redirect_does_not_reach_the_service() {
    let redirect = Redirect {
        path: Some(PathEdit::Prefix("/new".to_owned())),
        status: StatusCode::PERMANENT_REDIRECT,
        ..Redirect::default()
    };
    let layer = RedirectLayer::new(redirect, RedirectScheme::Https, 8443)
        .matched(PathMatch::Prefix("/old".to_owned()));
    let request = Request::post("/old/x?q").header("host", "a.com");
    let answer = through(layer.clone(), request.body("body".to_owned()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.headers()["location"], "https://a.com:8443/new/x?q");
    assert!(answer.body().is_empty());

    let answer = through(layer, Request::default()).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_rewrite_changes_what_the_service_sees() {
    let rewrite = Rewrite {
        hostname: Some("inner.test".to_owned()),
        path: Some(PathEdit::Prefix("/".to_owned())),
    };
    let layer = RewriteLayer::new(rewrite, PathMatch::Prefix("/api".to_owned()));
    let request = Request::get("/api/x?q").header("host", "a.com");
    let answer = through(layer, request.body(String::new()).unwrap()).await;
    let sent = answer.extensions().get::<http::request::Parts>().unwrap();
    assert_eq!(sent.uri, "/x?q");
    assert_eq!(sent.headers["host"], "inner.test");
}

#[tokio::test]
async fn layers_forward_readiness_and_errors() {
    macro_rules! forwards {
        ($layer:expr) => {{
            let (mut service, mut inner) =
                mock::spawn_layer::<Request<()>, Response<()>, _>($layer);
            inner.allow(0);
            tokio_test::assert_pending!(service.poll_ready());
            inner.allow(1);
            tokio_test::assert_ready_ok!(service.poll_ready());
            let call = service.call(Request::new(()));
            let mut call = tokio_test::task::spawn(call);
            tokio_test::assert_pending!(call.poll());
            let (_, answer) = inner.next_request().await.unwrap();
            answer.send_error("broken");
            assert_eq!(call.await.unwrap_err().to_string(), "broken");
        }};
    }
    forwards!(RequestHeadersLayer::new(HeaderEdit::default()));
    forwards!(ResponseHeadersLayer::new(HeaderEdit::default()));
    forwards!(RewriteLayer::new(Rewrite::default(), PathMatch::default()));
    forwards!(CorsLayer::new(Cors::default()));
}
