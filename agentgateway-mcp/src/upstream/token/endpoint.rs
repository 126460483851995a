use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use agentgateway_core::{Body, BoxError, Error, egress::Guard};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, Uri,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE},
};
use http_body::Body as HttpBody;
use tokio::time::timeout;
use tower_service::Service;

use super::{
    ClientKey, TokenFailure,
    answer::{self, Granted},
    form::{Form, encoded},
};

/// RFC 7523, 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Where an authorization server issues tokens, and as whom the gateway asks there.
#[derive(Clone)]
pub struct TokenEndpoint {
    uri: Uri,
    http: Arc<dyn Ask>,
    client: Option<(Box<str>, Proof)>,
    how: ClientAuthentication,
    timeout: Duration,
    max_bytes: usize,
    unsaid: Duration,
}

/// How the gateway shows an authorization server who it is.
///
/// # Source
/// RFC 6749, 2.3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// In `Authorization: Basic` (`client_secret_basic`).
    #[default]
    Basic,
    /// In the form (`client_secret_post`).
    Post,
}

/// By what a client shows that it is the one.
#[derive(Clone)]
enum Proof {
    Nothing,
    /// It is never shown.
    Secret(Box<str>),
    Key(ClientKey),
}

impl TokenEndpoint {
    /// The endpoint at this URL, asked by this client: `https`, and a public host.
    ///
    /// # Errors
    /// Those of [`Guard::check`].
    pub fn new<S, B>(url: &str, client: S) -> Result<Self, Error>
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self::guarded(url, &Guard::new(), client)
    }

    /// The same where this guard allows it: for an authorization server of one's own network. The
    /// guard judges the URL here; the client judges addresses, if it was built with the same.
    ///
    /// # Errors
    /// Those of [`Guard::check`].
    pub fn guarded<S, B>(url: &str, guard: &Guard, client: S) -> Result<Self, Error>
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Ok(Self {
            uri: guard.check(url)?,
            http: Arc::new(Over(client)),
            client: None,
            how: ClientAuthentication::default(),
            timeout: Duration::from_secs(10),
            max_bytes: 64 * 1024,
            unsaid: Duration::from_secs(60),
        })
    }

    /// Asks as this client, with this secret. Default: as nobody, where the connection says who it is.
    #[must_use]
    pub fn client(mut self, id: impl Into<Box<str>>, secret: impl Into<Box<str>>) -> Self {
        self.client = Some((id.into(), Proof::Secret(secret.into())));
        self
    }

    /// Asks as this client, which has no secret.
    #[must_use]
    pub fn public_client(mut self, id: impl Into<Box<str>>) -> Self {
        self.client = Some((id.into(), Proof::Nothing));
        self
    }

    /// Asks as this client, which signs an assertion of its own with each request (`private_key_jwt`).
    #[must_use]
    pub fn signing_client(mut self, id: impl Into<Box<str>>, key: ClientKey) -> Self {
        self.client = Some((id.into(), Proof::Key(key)));
        self
    }

    /// Where the client's secret stands. Default: [`ClientAuthentication::Basic`].
    #[must_use]
    pub const fn authenticated_by(mut self, how: ClientAuthentication) -> Self {
        self.how = how;
        self
    }

    /// How long an answer may take in all. Default: 10 s.
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// How large an answer may be, in bytes. Default: 64 KiB.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How long a token is good for where the server does not say it. Default: 60 s.
    #[must_use]
    pub const fn default_lifetime(mut self, lifetime: Duration) -> Self {
        self.unsaid = lifetime;
        self
    }

    /// Asks for a token by this form.
    pub(super) async fn ask(&self, form: Form) -> Result<Granted, TokenFailure> {
        let asked = async {
            let answer = self.http.ask(self.request(form)?).await;
            let answer = answer.map_err(|error| TokenFailure::unreachable(&error));
            answer::read(answer?, (self.max_bytes, self.unsaid)).await
        };
        match timeout(self.timeout, asked).await {
            Ok(granted) => granted,
            Err(_) => Err(TokenFailure::TimedOut),
        }
    }

    fn request(&self, mut form: Form) -> Result<Request<Body>, TokenFailure> {
        let mut request = Request::post(&self.uri)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "identity");
        match &self.client {
            None => {}
            Some((id, Proof::Secret(secret))) if self.how == ClientAuthentication::Basic => {
                // Both are encoded as in a form before they are joined.
                let pair = format!("{}:{}", encoded(id), encoded(secret));
                let value = format!("Basic {}", STANDARD.encode(pair));
                let value = HeaderValue::try_from(value);
                let mut value = value.map_err(|_| unspeakable())?;
                value.set_sensitive(true);
                request = request.header(AUTHORIZATION, value);
            }
            Some((id, proof)) => {
                form.push("client_id", id);
                match proof {
                    Proof::Nothing => {}
                    Proof::Secret(secret) => form.push("client_secret", secret),
                    Proof::Key(key) => {
                        let assertion = key.assertion(id, SystemTime::now());
                        form.push("client_assertion_type", ASSERTION_TYPE);
                        form.push("client_assertion", &assertion.ok_or_else(unspeakable)?);
                    }
                }
            }
        }
        let body = Body::from(Bytes::from(form.into_text()));
        request.body(body).map_err(|_| unspeakable())
    }
}

/// What cannot happen: all that is encoded fits into a request.
fn unspeakable() -> TokenFailure {
    TokenFailure::Unreachable("the request cannot be made".into())
}

impl fmt::Debug for TokenEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEndpoint")
            .field("host", &self.uri.host())
            .field("path", &self.uri.path())
            .field("client", &self.client.as_ref().map(|(id, _)| id))
            .field("how", &self.how)
            .field("timeout", &self.timeout)
            .field("max_bytes", &self.max_bytes)
            .field("unsaid", &self.unsaid)
            .finish_non_exhaustive()
    }
}

/// A client, with its type erased.
trait Ask: Send + Sync {
    fn ask(&self, request: Request<Body>) -> Asking;
}

type Asking = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

struct Over<S>(S);

impl<S, B> Ask for Over<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn ask(&self, request: Request<Body>) -> Asking {
        let mut service = self.0.clone();
        Box::pin(async move {
            let answered = async {
                poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(request).await
            };
            match answered.await {
                Ok(response) => Ok(response.map(Body::new)),
                Err(error) => Err(Error::from_boxed(error.into())),
            }
        })
    }
}
