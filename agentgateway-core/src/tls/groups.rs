use rustls::crypto::{SupportedKxGroup, ring::kx_group};

use super::TlsError;

/// The group of this name, as Gateway API's implementations write it.
pub(crate) fn group(name: &str) -> Result<&'static dyn SupportedKxGroup, TlsError> {
    match name {
        "X25519" => Ok(kx_group::X25519),
        "P-256" => Ok(kx_group::SECP256R1),
        "P-384" => Ok(kx_group::SECP384R1),
        "X25519_MLKEM768" => Err(TlsError::bare(
            "the key exchange group X25519_MLKEM768 is not in this build's cryptography (ring)",
        )),
        _ => Err(TlsError::bare(
            "a key exchange group is none of X25519, P-256 and P-384",
        )),
    }
}
