use std::{
    sync::Arc,
    task::{Context, Poll},
};

use agentgateway_core::{Body, BoxError, Error, Peeked};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONTENT_LENGTH};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    PushRelay,
    answer::restored,
    edit::relayed,
    registration::Registrant,
    relay::{Refusal, caller},
};
use crate::{
    A2aCall, A2aOperation,
    push::{
        ResponseFuture,
        judge::{Judged, judge, refused},
    },
    upstream::A2aAgent,
};

/// Gives agents the relay's URLs in the place of clients', and clients their own again.
///
/// By [`PushRelay::layer`]. It judges URLs as [`PushGuard`](crate::push::PushGuard) does.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is mounted"]
pub struct PushRelayLayer {
    relay: PushRelay,
    unread: bool,
    /// Who is asked for whole tasks, and by what name.
    asked: Option<(Arc<str>, A2aAgent)>,
}

/// The service of [`PushRelayLayer`].
#[derive(Clone, Debug)]
pub struct PushRelayed<S> {
    inner: S,
    layer: PushRelayLayer,
}

// === impl PushRelayLayer ===

impl PushRelayLayer {
    pub(super) const fn new(relay: PushRelay) -> Self {
        Self {
            relay,
            unread: false,
            asked: None,
        }
    }

    /// Whether requests pass that were not read, and might name any URL. Default: false. See
    /// [`PushGuard::allow_unread`](crate::push::PushGuard::allow_unread).
    pub const fn allow_unread(mut self, allow: bool) -> Self {
        self.unread = allow;
        self
    }

    /// The agent that is asked for whole tasks which clients of v0.3 are to be sent, while this layer or its service
    /// is there: see [`PushRelayBuilder::agent`](super::PushRelayBuilder::agent). Default: the one of the call's
    /// agent that the relay was built with, if any.
    ///
    /// Registrations hold the name. It must mean this agent alone, in each replica and after a restart.
    pub fn agent(mut self, name: &str, agent: A2aAgent) -> Self {
        self.relay.shared().agents.mount(name, &agent);
        self.asked = Some((name.into(), agent));
        self
    }

    fn name<'a>(&'a self, call: &'a A2aCall) -> &'a str {
        match &self.asked {
            Some((name, _)) => name,
            None => call.agent().unwrap_or_default(),
        }
    }
}

impl<S> Layer<S> for PushRelayLayer {
    type Service = PushRelayed<S>;

    fn layer(&self, inner: S) -> PushRelayed<S> {
        PushRelayed {
            inner,
            layer: self.clone(),
        }
    }
}

// === impl PushRelayed ===

impl<S, B, RB> Service<Request<Peeked<B>>> for PushRelayed<S>
where
    S: Service<Request<Peeked<B>>, Response = Response<RB>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes>,
    RB: HttpBody<Data = Bytes> + Send + 'static,
    RB::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner
            .poll_ready(cx)
            .map_err(|error| Error::from_boxed(error.into()))
    }

    fn call(&mut self, mut request: Request<Peeked<B>>) -> Self::Future {
        let relay = &self.layer.relay;
        let judged = judge(&relay.shared().guard, &request, self.layer.unread);
        let call = request.extensions().get::<A2aCall>().cloned();
        match (judged, &call) {
            (Judged::Answered(answer), _) => return ResponseFuture::answered(answer),
            (Judged::Names, Some(call)) => match replace(&self.layer, call, &mut request) {
                Ok(()) => {}
                Err(Refusal::Error(error)) => return ResponseFuture::answered(Err(error)),
                Err(Refusal::Words(words)) => {
                    let answer = refused(call, &words, request.extensions());
                    return ResponseFuture::answered(answer);
                }
            },
            (Judged::Names, None) | (Judged::Passes, _) => {}
        }
        let tells = call.filter(|call| tells_configs(call.operation()));
        let future = self.inner.call(request);
        let Some(call) = tells else {
            return ResponseFuture::inner(future);
        };
        let relay = relay.clone();
        ResponseFuture::own(Box::pin(async move {
            let answer = future
                .await
                .map_err(|error| Error::from_boxed(error.into()))?;
            restored(&relay, &call, answer.map(Body::new)).await
        }))
    }
}

/// Puts the relay's URL into the request.
fn replace<B>(
    layer: &PushRelayLayer,
    call: &A2aCall,
    request: &mut Request<Peeked<B>>,
) -> Result<(), Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    // What was not read passes only where it may.
    let Some(body) = request.body().whole() else {
        return Ok(());
    };
    let whose = Registrant {
        agent: layer.name(call),
        caller: caller(request.extensions()),
    };
    let body = relayed(&layer.relay, (call, whose), request.uri(), &body)?;
    let length = HeaderValue::from(body.len());
    request.body_mut().replace_read([body]);
    if request.headers().contains_key(CONTENT_LENGTH) {
        request.headers_mut().insert(CONTENT_LENGTH, length);
    }
    Ok(())
}

/// Whether the answer tells of push configurations.
const fn tells_configs(operation: &A2aOperation) -> bool {
    matches!(
        operation,
        A2aOperation::CreateTaskPushNotificationConfig
            | A2aOperation::GetTaskPushNotificationConfig
            | A2aOperation::ListTaskPushNotificationConfigs
    )
}
