use std::time::Duration;

use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CONTENT_TYPE, TE},
    request,
};
use prost::Message;
use tokio::time::timeout;
use tower::ServiceExt;

use super::{
    frame::{self, PREFIX_BYTES},
    status,
};
use crate::{
    body::Body,
    envoy::{Failure, Trail, read::read},
    media,
    upstream::{Endpoint, Upstream},
};

/// One method of a service.
#[derive(Clone, Debug)]
pub(in crate::envoy) struct Method {
    client: Upstream,
    endpoint: Endpoint,
    path: &'static str,
    pub(in crate::envoy) deadline: Duration,
    pub(in crate::envoy) max_answer_bytes: usize,
}

impl Method {
    pub(in crate::envoy) fn new(
        client: Upstream,
        endpoint: Endpoint,
        path: &'static str,
        deadline: Duration,
        max_answer_bytes: usize,
    ) -> Self {
        Self {
            client,
            endpoint,
            path,
            deadline,
            max_answer_bytes,
        }
    }

    /// Asks, and reads the one answer, both within the deadline.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the call.
    pub(in crate::envoy) async fn call<A: Message + Default>(
        &self,
        question: &impl Message,
        trail: Trail,
    ) -> Result<A, Failure> {
        let request = self.request(question, trail)?;
        let answer = async {
            let response = self.client.clone().oneshot(request).await?;
            self.answer(response).await
        };
        timeout(self.deadline, answer)
            .await
            .unwrap_or(Err(Failure::Timeout))
    }

    fn request(&self, question: &impl Message, trail: Trail) -> Result<Request<Body>, Failure> {
        let body = Body::from(frame::encode(question)?);
        let (mut head, body) = Request::post(self.path)
            .header(CONTENT_TYPE, "application/grpc")
            .header(TE, "trailers")
            .header("grpc-timeout", grpc_timeout(self.deadline))
            .body(body)
            .map_err(|_| Failure::Invalid("the call cannot be made"))?
            .into_parts();
        self.direct(&mut head)?;
        trail.write(&mut head.headers, &mut head.extensions);
        Ok(Request::from_parts(head, body))
    }

    fn direct(&self, head: &mut request::Parts) -> Result<(), Failure> {
        Ok(self.endpoint.apply(head)?)
    }

    async fn answer<A: Message + Default>(&self, response: Response<Body>) -> Result<A, Failure> {
        let (head, body) = response.into_parts();
        if head.status != StatusCode::OK {
            return Err(Failure::Status(format!("HTTP {}", head.status.as_u16())));
        }
        if !media::is_grpc(&head.headers) {
            return Err(Failure::Invalid("the answer is not of gRPC"));
        }
        // An answer without a message has its status in the head.
        if let Some(Err(failure)) = status::read(&head.headers) {
            return Err(failure);
        }
        let limit_bytes = self.max_answer_bytes.saturating_add(PREFIX_BYTES);
        let (body, trailers) = read(body, limit_bytes).await?;
        status::read(&trailers).unwrap_or(Err(Failure::Invalid("the answer has no status")))?;
        frame::decode(body)
    }
}

/// In milliseconds, in the eight digits that the protocol has for it.
fn grpc_timeout(deadline: Duration) -> HeaderValue {
    let millis = deadline.as_millis().clamp(1, 99_999_999);
    HeaderValue::try_from(format!("{millis}m")).unwrap_or(HeaderValue::from_static("1S"))
}
