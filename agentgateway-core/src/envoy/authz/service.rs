use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode, request};

use super::{GrpcService, HttpService, verdict::Verdict};
use crate::{
    body::Body,
    envoy::{Failure, Trail, wire::auth::CheckRequest},
    error::Error,
};

/// Who is asked, in either form.
#[derive(Clone, Debug)]
pub(super) enum Service {
    Grpc(Arc<GrpcService>),
    Http(Arc<HttpService>),
}

/// What is asked of a request.
pub(super) enum Question {
    Grpc(Box<CheckRequest>, Trail),
    Http(Box<Request<Body>>),
}

impl Service {
    pub(super) fn question(&self, head: &request::Parts) -> Result<Question, Error> {
        Ok(match self {
            Self::Grpc(grpc) => Question::Grpc(Box::new(grpc.question(head)), Trail::of(head)),
            Self::Http(http) => Question::Http(Box::new(http.question(head)?)),
        })
    }

    pub(super) async fn ask(&self, question: Question) -> Result<Verdict, Failure> {
        match (self, question) {
            (Self::Grpc(grpc), Question::Grpc(question, trail)) => grpc.ask(&question, trail).await,
            (Self::Http(http), Question::Http(request)) => http.ask(*request).await,
            // INVARIANT: a question is asked of the service that has made it.
            _ => Err(Failure::Invalid("it is not for this service")),
        }
    }

    /// The fields of a request that are the service's alone.
    pub(super) fn own_fields(&self) -> &[HeaderName] {
        match self {
            Self::Grpc(grpc) => grpc.upstream.named(),
            Self::Http(http) => http.upstream.named(),
        }
    }

    /// The verdict with all that is known by it.
    pub(super) fn complete(&self, verdict: Verdict, head: &request::Parts) -> Verdict {
        match (self, verdict) {
            (Self::Http(http), Verdict::Allowed(mut allowed)) => {
                if let Some(said) = allowed.said.take() {
                    allowed.metadata = http.metadata(head, &said);
                }
                Verdict::Allowed(allowed)
            }
            (_, verdict) => verdict,
        }
    }

    pub(super) fn redirected(
        &self,
        status: StatusCode,
        head: &request::Parts,
    ) -> Option<Response<Bytes>> {
        match self {
            Self::Grpc(_) => None,
            Self::Http(http) => http.redirected(status, head),
        }
    }
}
