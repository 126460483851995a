//! A model behind hyper's own server, with the layer over it: `cargo run -p hyper-llm`.

use std::env;

use agentgateway_llm::{LlmCall, LlmLayer};
use http::{Request, Response};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::{BoxError, ServiceBuilder};

/// A model that knows three words, and tells what it used.
///
/// It may fail with any error: the layer says it in the words that the client's SDK reads.
async fn model<B>(request: Request<B>) -> Result<Response<String>, BoxError> {
    let call = request.extensions().get::<LlmCall>();
    let model = call.ok_or("not a call for a model")?.model();
    let mut answer = String::new();
    for word in ["I", " am", " small"] {
        answer += &format!(
            "data: {{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"model\":\"{model}\",\
             \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{word}\"}}}}]}}\n\n"
        );
    }
    answer += "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"choices\":[],\
               \"usage\":{\"prompt_tokens\":1,\"completion_tokens\":3,\"total_tokens\":4}}\n\n";
    answer += "data: [DONE]\n\n";
    Ok(Response::builder()
        .header("content-type", "text/event-stream")
        .body(answer)?)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let layer = LlmLayer::new().on_finished(|done| {
        println!("{} {:?}", done.end.as_str(), done.report.usage);
    });
    let service = ServiceBuilder::new().layer(layer).service_fn(model);

    let port = env::var("PORT").unwrap_or("3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let call = r#"{"model":"tiny","stream":true,"messages":[{"role":"user","content":"hello"}]}"#;
    println!(
        "curl -sN http://{}/v1/chat/completions -H 'content-type: application/json' -d '{call}'",
        listener.local_addr()?
    );
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            server.serve_connection(TokioIo::new(stream), service).await
        });
    }
}
