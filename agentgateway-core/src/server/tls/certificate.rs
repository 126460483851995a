use std::fmt::Write;

use bytes::Bytes;
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::ClientAuth;
use crate::context::ClientCertificate;

/// What requests are told of the chain that a client has shown.
pub(super) fn shown(
    chain: Option<&[CertificateDer<'_>]>,
    clients: &ClientAuth,
) -> Option<ClientCertificate> {
    let (own, others) = chain?.split_first()?;
    let der = Bytes::copy_from_slice(own);
    let mut certificate = ClientCertificate::new(der, fingerprint(own));
    // One that cannot be read has no names; it may still be known by its fingerprint.
    if let Ok(names) = EndEntityCert::try_from(own) {
        certificate = certificate
            .with_uris(names.valid_uri_names())
            .with_dns_names(names.valid_dns_names());
    }
    if !clients.is_good(own, others) {
        certificate = certificate.unverified();
    }
    Some(certificate)
}

fn fingerprint(der: &[u8]) -> String {
    let digest = digest(&SHA256, der);
    let mut text = String::with_capacity(2 * digest.as_ref().len());
    for byte in digest.as_ref() {
        // A string takes all that is written to it.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
