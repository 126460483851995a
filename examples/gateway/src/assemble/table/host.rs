use agentgateway_core::upstream::HostField;
use http::{HeaderValue, Request, header::HOST};

/// Which host goes upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::assemble) enum HostChoice {
    /// The backend's own.
    Backend,
    /// The one that the client named.
    Client,
    /// Another one.
    Own(HeaderValue),
}

impl HostChoice {
    /// Tells the client of upstreams, where it is not the backend's own.
    pub(in crate::assemble) fn apply<B>(&self, request: &mut Request<B>) {
        let host = match self {
            Self::Backend => return,
            Self::Own(host) => Some(host.clone()),
            Self::Client => match request.uri().authority() {
                Some(named) => HeaderValue::try_from(named.as_str()).ok(),
                None => request.headers().get(HOST).cloned(),
            },
        };
        if let Some(host) = host {
            request.extensions_mut().insert(HostField::new(host));
        }
    }
}
