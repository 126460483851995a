use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower::{ServiceExt, util::BoxCloneSyncService};
use tower_service::Service;

use super::Client;
use crate::{
    body::Body,
    error::{BoxError, Error},
};

/// Any client, with its type erased.
///
/// One of the three places where types are erased; everything between listener and upstream stays
/// generic.
#[derive(Clone)]
pub struct Upstream {
    service: BoxCloneSyncService<Request<Body>, Response<Body>, Error>,
}

impl Upstream {
    /// Takes a client: [`Client`], a layered one, or one of the application's own.
    ///
    /// Its errors, and those of its bodies, become [`Error`] as [`Error::from_boxed`] reads them.
    pub fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let service = service
            .map_response(|response: Response<B>| response.map(Body::new))
            .map_err(|error: S::Error| Error::from_boxed(error.into()));
        Self {
            service: BoxCloneSyncService::new(service),
        }
    }
}

impl From<Client> for Upstream {
    fn from(client: Client) -> Self {
        Self::new(client)
    }
}

impl Service<Request<Body>> for Upstream {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.service.call(request)
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").finish_non_exhaustive()
    }
}
