//! A provider of the test's own, that answers as it is told.

use std::{convert::Infallible, net::SocketAddr};

use agentgateway_tests::Manifests;
use bytes::Bytes;
use http::{Request, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_stream::{StreamExt, wrappers::UnboundedReceiverStream};

/// The key that the provider is to be given.
pub(crate) const KEY: &str = "sk-canary-of-the-gateway";

/// What the provider was asked, with its end of the answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) head: http::request::Parts,
    pub(crate) body: Bytes,
    answer: oneshot::Sender<Answer>,
}

#[derive(Debug)]
struct Answer {
    media_type: String,
    chunks: mpsc::UnboundedReceiver<Bytes>,
}

impl Asked {
    /// Answers with 200; the body ends when the sender is dropped.
    pub(crate) fn answer(self, media_type: &str) -> mpsc::UnboundedSender<Bytes> {
        let (sender, chunks) = mpsc::unbounded_channel();
        let media_type = media_type.to_owned();
        let answer = Answer { media_type, chunks };
        self.answer.send(answer).unwrap();
        sender
    }
}

/// The provider. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Provider {
    addr: SocketAddr,
    asked: mpsc::UnboundedReceiver<Asked>,
    running: JoinHandle<()>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (told, asked) = mpsc::unbounded_channel();
        let running = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let told = told.clone();
                let service = service_fn(move |request| serve(request, told.clone()));
                let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(served);
            }
        });
        Self {
            addr,
            asked,
            running,
        }
    }

    /// The next request that came.
    pub(crate) async fn asked(&mut self) -> Asked {
        self.asked.recv().await.unwrap()
    }

    /// Routes to this provider: a prefix of its own for each dialect.
    pub(crate) fn manifests(&self) -> Manifests {
        let port = self.addr.port();
        ["openai", "anthropic", "gemini"].iter().fold(
            Manifests::default().secret("key", KEY),
            |manifests, kind| {
                let backend = format!(
                    "{{ai: {{provider: {{{kind}: {{}}, host: 127.0.0.1, port: {port}}}}}, \
                     policies: {{auth: {{secretRef: {{name: key}}}}}}}}"
                );
                manifests.route("llm", &format!("/{kind}"), Some("/"), &backend)
            },
        )
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(
    request: Request<Incoming>,
    told: mpsc::UnboundedSender<Asked>,
) -> Result<
    Response<StreamBody<impl tokio_stream::Stream<Item = Result<Frame<Bytes>, Infallible>>>>,
    Infallible,
> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let (answer, answered) = oneshot::channel();
    told.send(Asked { head, body, answer }).unwrap();
    let answer = answered.await.unwrap();
    let frames = UnboundedReceiverStream::new(answer.chunks).map(|data| Ok(Frame::data(data)));
    let response = Response::builder().header(header::CONTENT_TYPE, answer.media_type);
    Ok(response.body(StreamBody::new(frames)).unwrap())
}
