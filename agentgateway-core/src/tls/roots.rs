use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::TlsError;

/// The roots in this PEM, of which there is one at least.
pub(crate) fn roots(pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut store = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(pem) {
        let root = root.map_err(|error| TlsError::new("the roots are not valid PEM", error))?;
        store
            .add(root)
            .map_err(|error| TlsError::new("a root is malformed", error))?;
    }
    if store.is_empty() {
        return Err(TlsError::bare("there is no root in the PEM"));
    }
    Ok(store)
}
