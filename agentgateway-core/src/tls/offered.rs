//! What is offered in handshakes: groups, and protocols within.

use rustls::crypto::{SupportedKxGroup, ring::kx_group};

use super::TlsError;

/// The groups of these names, the preferred first.
///
/// # Errors
/// One that the ring provider has not, and when there is none.
pub(crate) fn groups<'a>(
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<&'static dyn SupportedKxGroup>, TlsError> {
    let found: Vec<_> = names.into_iter().map(group).collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Err(TlsError::bare("there is no key exchange group"));
    }
    Ok(found)
}

/// What these protocols are called in a handshake (ALPN).
///
/// # Errors
/// One that is not spoken here, and when there is none.
pub(crate) fn protocols<'a>(
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Vec<u8>>, TlsError> {
    let names: Vec<_> = names.into_iter().collect();
    if names.is_empty() || names.iter().any(|name| !matches!(*name, "h2" | "http/1.1")) {
        return Err(TlsError::bare("the protocols are not of h2 and http/1.1"));
    }
    Ok(names.iter().map(|name| name.as_bytes().to_vec()).collect())
}

/// The group of this name, as Gateway API's implementations write it.
fn group(name: &str) -> Result<&'static dyn SupportedKxGroup, TlsError> {
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
