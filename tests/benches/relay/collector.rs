//! A collector that counts the spans it gets.

use std::{
    io::Write as _,
    process::id,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use anyhow::Result;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

use crate::process;

#[derive(Debug, Default)]
struct Counting(Arc<AtomicU64>);

/// Serves OTLP over gRPC until the input closes. Each line of the input is answered with
/// `SPANS <how many came>`.
pub(crate) fn run() -> Result<()> {
    let service = Counting::default();
    let spans = Arc::clone(&service.0);
    thread::spawn(move || {
        for _ in std::io::stdin().lines() {
            println!("SPANS {}", spans.load(Ordering::Relaxed));
            let _ = std::io::stdout().flush();
        }
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(process::LOOPBACK).await?;
        process::ready(id(), &[listener.local_addr()?.port()])?;
        let serving = Server::builder()
            .add_service(TraceServiceServer::new(service))
            .serve_with_incoming(TcpListenerStream::new(listener));
        Ok(serving.await?)
    })
}

#[tonic::async_trait]
impl TraceService for Counting {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.get_ref().resource_spans.iter();
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
        self.0.fetch_add(spans as u64, Ordering::Relaxed);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
