use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, Method, header::AUTHORIZATION, request, response};
use serde_json::{Map, Value};

use crate::{
    envoy::HeaderFilter,
    upstream::{Endpoint, Upstream},
};

const DEADLINE: Duration = Duration::from_millis(200);
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// An authorization service that is sent a request of plain HTTP, and says by its status whether the
/// client's may pass: 2xx is a yes, 5xx a failure, everything else a no.
#[derive(Clone)]
pub struct HttpService {
    pub(super) client: Upstream,
    pub(super) endpoint: Endpoint,
    pub(super) deadline: Duration,
    pub(super) max_answer_bytes: usize,
    pub(super) method: Option<Method>,
    pub(super) path: Option<Read<String>>,
    pub(super) headers: HeaderFilter,
    pub(super) added: Vec<(HeaderName, Read<String>)>,
    pub(super) body: Option<Read<Bytes>>,
    pub(super) forwards_body: bool,
    pub(super) keeps_host: bool,
    pub(super) upstream: HeaderFilter,
    pub(super) client_headers: HeaderFilter,
    pub(super) client_headers_on_success: HeaderFilter,
    pub(super) passes_redirects: bool,
    pub(super) redirect: Option<Read<String>>,
    pub(super) metadata: Option<ReadAnswer>,
}

pub(super) type Read<T> = Arc<dyn Fn(&request::Parts) -> Option<T> + Send + Sync>;
pub(super) type ReadAnswer =
    Arc<dyn Fn(&request::Parts, &response::Parts, &Bytes) -> Map<String, Value> + Send + Sync>;

impl HttpService {
    /// A service at this endpoint. Its base path, where it has one, stands before every path.
    pub fn new(endpoint: Endpoint, client: impl Into<Upstream>) -> Self {
        Self {
            client: client.into(),
            endpoint,
            deadline: DEADLINE,
            max_answer_bytes: MAX_ANSWER_BYTES,
            method: None,
            path: None,
            headers: HeaderFilter::only([AUTHORIZATION]),
            added: Vec::new(),
            body: None,
            forwards_body: false,
            keeps_host: false,
            upstream: HeaderFilter::none(),
            client_headers: HeaderFilter::all(),
            client_headers_on_success: HeaderFilter::none(),
            passes_redirects: false,
            redirect: None,
            metadata: None,
        }
    }

    /// How long it has for its answer, connecting included. Default: 200 ms. At the limit the call is
    /// cancelled, and the [failure mode](super::ExtAuthz::failure_mode) decides.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The longest body of an answer that is read, in bytes. Default: 256 KiB. A no whose body is
    /// longer, or is not there in time, goes to the client without it.
    #[must_use]
    pub const fn max_answer_bytes(mut self, limit: usize) -> Self {
        self.max_answer_bytes = limit;
        self
    }

    /// Asks with this method. Default: the client's.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Asks at the path (and query) that this function makes of a request. Default: the client's path
    /// and query. A request of which it makes none, or one that is no path, is refused.
    #[must_use]
    pub fn path(
        mut self,
        path: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.path = Some(Arc::new(path));
        self
    }

    /// The header fields of a request that it is sent. Default: `Authorization`.
    #[must_use]
    pub fn request_headers(mut self, filter: HeaderFilter) -> Self {
        self.headers = filter;
        self
    }

    /// Sends it this field with what the function makes of a request, in the place of the client's;
    /// none where that is `None`. Default: none.
    #[must_use]
    pub fn add_header(
        mut self,
        name: HeaderName,
        value: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.added.push((name, Arc::new(value)));
        self
    }

    /// Sends it the client's `Host` in the place of its own. Default: no.
    #[must_use]
    pub const fn keep_host(mut self) -> Self {
        self.keeps_host = true;
        self
    }

    /// Sends it the body that this function makes of a request. Default: none.
    #[must_use]
    pub fn body(
        mut self,
        body: impl Fn(&request::Parts) -> Option<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.body = Some(Arc::new(body));
        self
    }

    /// Sends it what a [`PrefixLayer`](crate::body::PrefixLayer) outside has read of the body, unless
    /// it is sent [another](Self::body). Default: no.
    ///
    /// The header `x-envoy-auth-partial-body` says whether that may be less than all, which a body
    /// that nobody has read always may.
    #[must_use]
    pub const fn forward_body(mut self) -> Self {
        self.forwards_body = true;
        self
    }

    /// The header fields of a yes that the request takes on. Default: none.
    ///
    /// These are the service's alone: what a client has written there is taken away, also from a
    /// request that passes without a word
    /// ([`FailureMode::Open`](crate::policy::FailureMode::Open)).
    #[must_use]
    pub fn upstream_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.upstream = HeaderFilter::only(names);
        self
    }

    /// The header fields of a no that the client is sent. Default: all.
    #[must_use]
    pub fn client_headers(mut self, filter: HeaderFilter) -> Self {
        self.client_headers = filter;
        self
    }

    /// The header fields of a yes that are added to the client's answer. Default: none.
    #[must_use]
    pub fn client_headers_on_success(mut self, filter: HeaderFilter) -> Self {
        self.client_headers_on_success = filter;
        self
    }

    /// Sends clients the redirections of the service, as to a page where they log in. Default: a
    /// redirection is a no (403), and its target stays here.
    #[must_use]
    pub const fn pass_redirects(mut self) -> Self {
        self.passes_redirects = true;
        self
    }

    /// Where a client is sent whose request is refused with 401 or 403, by 302. Default, and where
    /// this function gives none: nowhere, the client is sent the refusal.
    #[must_use]
    pub fn redirect(
        mut self,
        location: impl Fn(&request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.redirect = Some(Arc::new(location));
        self
    }

    /// What is [known](super::Metadata) of a request by the service's yes: of the request as it came, and
    /// of the answer's head and body. Default: nothing, and the body of a yes is not read.
    #[must_use]
    pub fn response_metadata(
        mut self,
        read: impl Fn(&request::Parts, &response::Parts, &Bytes) -> Map<String, Value>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.metadata = Some(Arc::new(read));
        self
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService")
            .field("endpoint", &self.endpoint)
            .field("deadline", &self.deadline)
            .field("headers", &self.headers)
            .field("upstream", &self.upstream)
            .finish_non_exhaustive()
    }
}
