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
    /// The addresses that it listens on, or why it does not listen on one of them.
    pub listeners: BTreeMap<(Reference, String), Result<Vec<SocketAddr>, String>>,
    /// The names of the listeners that this process serves; all when it is empty.
    pub only: Vec<String>,
}

impl Bound {
    /// Takes down what became of one socket of a listener. A failure beats what is bound beside it.
    pub fn insert(
        &mut self,
        gateway: &Reference,
        listener: &str,
        outcome: Result<SocketAddr, String>,
    ) {
        let key = (gateway.clone(), listener.to_owned());
        let known = self.listeners.entry(key).or_insert(Ok(Vec::new()));
        match (known, outcome) {
            (Ok(addresses), Ok(address)) => addresses.push(address),
            (Err(_), _) => {}
            (known, Err(error)) => *known = Err(error),
        }
    }

    /// Whether this process is told to leave the listener to others.
    pub(super) fn leaves(&self, listener: &String) -> bool {
        !self.only.is_empty() && !self.only.contains(listener)
    }

    pub(super) fn get(
        &self,
        gateway: &Reference,
        listener: &str,
    ) -> Option<&Result<Vec<SocketAddr>, String>> {
        self.listeners.get(&(gateway.clone(), listener.to_owned()))
    }
}

/// Whether a failed bind says that the machine has no such address, in the words of the operating
/// system or of `std`.
pub(super) fn is_of_the_address(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    error.contains("assign requested address") || error.contains("address not available")
}
