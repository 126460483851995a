use std::sync::Arc;

/// The name that a client asked for in its TLS handshake (SNI), in lower case.
///
/// Written by the `server` room into the extensions of each request of the connection. Absent in
/// clear text, and where the client named none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerName(Arc<str>);

impl ServerName {
    /// This name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.to_ascii_lowercase().into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
