//! Whom clients trust, where the application says nothing.

use std::sync::Arc;

/// The ring provider with Mozilla's roots.
pub(crate) fn mozilla_roots() -> rustls::ClientConfig {
    let roots = webpki_roots::TLS_SERVER_ROOTS.to_vec();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    #[expect(clippy::expect_used, reason = "the provider is ours, whole and fixed")]
    // INVARIANT: ring's default provider has cipher suites for TLS 1.2 and 1.3.
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default TLS versions")
        .with_root_certificates(rustls::RootCertStore { roots })
        .with_no_client_auth()
}
