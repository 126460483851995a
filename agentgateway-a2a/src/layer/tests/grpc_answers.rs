use agentgateway_core::BoxError;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Full};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use super::support::Ledger;
use crate::{
    A2aLayer, A2aOperation, A2aVersion, TaskState,
    wire::{ResultKind, grpc},
};

fn framed(json: &str) -> Bytes {
    let message = grpc::event_from_json(A2aVersion::V1_0, json.as_bytes()).unwrap();
    grpc::frame(&message.bytes).unwrap()
}

fn called(operation: &A2aOperation, json: &str) -> Request<Full<Bytes>> {
    let version = A2aVersion::V1_0;
    let message = grpc::request_from_json(version, operation, json.as_bytes()).unwrap();
    Request::post(grpc::method_path(version, operation).unwrap())
        .header("content-type", "application/grpc")
        .body(Full::new(grpc::frame(&message.bytes).unwrap()))
        .unwrap()
}

/// What the report says of an answer in these pieces, with these trailers behind it.
async fn reported(
    operation: &A2aOperation,
    pieces: Vec<Bytes>,
    trailers: HeaderMap,
) -> super::support::Told {
    let ledger = Ledger::default();
    let agent = service_fn(move |_: Request<_>| {
        let frames = pieces.iter().cloned().map(http_body::Frame::data);
        let frames = frames.chain([http_body::Frame::trailers(trailers.clone())]);
        let frames: Vec<Result<_, BoxError>> = frames.map(Ok).collect();
        let body = Pieces(frames.into());
        let response = Response::builder().header("content-type", "application/grpc");
        async move { Ok::<_, BoxError>(response.body(body).unwrap()) }
    });
    let layer = ledger.mount(A2aLayer::new().grpc(true));
    let request = called(
        operation,
        r#"{"message":{"messageId":"m","parts":[{"text":"a"}]}}"#,
    );
    let answer = layer.layer(agent).oneshot(request).await.unwrap();
    let whole = answer.into_body().collect().await.unwrap();
    assert!(whole.trailers().is_some());
    let mut told = ledger.take();
    assert_eq!(told.len(), 1);
    told.remove(0)
}

#[derive(Debug)]
struct Pieces(std::collections::VecDeque<Result<http_body::Frame<Bytes>, BoxError>>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        std::task::Poll::Ready(self.0.pop_front())
    }
}

fn status(number: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(
        http::HeaderName::from_static("grpc-status"),
        http::HeaderValue::from_static(number),
    )])
}

#[tokio::test]
async fn a_stream_of_grpc_tells_its_task_however_it_is_cut() {
    let frames = [
        framed(r#"{"task":{"id":"t","contextId":"c","status":{"state":"TASK_STATE_WORKING"}}}"#),
        framed(r#"{"statusUpdate":{"taskId":"t","contextId":"c","status":{"state":"TASK_STATE_COMPLETED"}}}"#),
    ]
    .concat();
    let frames = Bytes::from(frames);
    for size in [1, 7, frames.len()] {
        let pieces = frames.chunks(size).map(Bytes::copy_from_slice).collect();
        let told = reported(&A2aOperation::SendStreamingMessage, pieces, status("0")).await;
        let report = told.report;
        assert_eq!((report.events, report.failed), (2, false));
        assert_eq!(report.task_id.as_deref(), Some("t"));
        assert_eq!(report.state, Some(TaskState::Completed));
        assert_eq!(report.result, Some(ResultKind::StatusUpdate));
    }
}

#[tokio::test]
async fn trailers_of_grpc_tell_the_error() {
    let told = reported(&A2aOperation::SendMessage, Vec::new(), status("5")).await;
    assert!(told.report.failed);
    assert_eq!(told.report.error_type().as_deref(), Some("TASK_NOT_FOUND"));
}

#[tokio::test]
async fn what_is_no_frame_passes_unread() {
    let pieces = vec![
        Bytes::from_static(b"\xff\xff\xff\xff\xff??"),
        Bytes::from_static(b"more"),
    ];
    let told = reported(&A2aOperation::SendStreamingMessage, pieces, status("0")).await;
    assert_eq!((told.report.events, told.report.failed), (0, false));
}
