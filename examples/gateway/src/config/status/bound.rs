//! Which sockets are bound.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::config::resource::Reference;

/// What became of the sockets of listeners, by Gateway and name of the listener.
///
/// A listener that is not in it is not bound yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "sockets by listener")]
pub struct Bound {
    /// The address that it listens on, or why it does not.
    pub listeners: BTreeMap<(Reference, String), Result<SocketAddr, String>>,
}

impl Bound {
    /// Takes down what became of a listener.
    pub fn insert(
        &mut self,
        gateway: &Reference,
        listener: &str,
        outcome: Result<SocketAddr, String>,
    ) {
        let key = (gateway.clone(), listener.to_owned());
        self.listeners.insert(key, outcome);
    }

    pub(super) fn get(
        &self,
        gateway: &Reference,
        listener: &str,
    ) -> Option<&Result<SocketAddr, String>> {
        self.listeners.get(&(gateway.clone(), listener.to_owned()))
    }
}

/// Whether a failed bind says that the machine has no such address, in the words of the operating
/// system or of `std`.
pub(super) fn is_of_the_address(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    error.contains("assign requested address") || error.contains("address not available")
}
