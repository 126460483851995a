use std::{io, net::IpAddr, pin::Pin, time::Duration};

/// A lookup under way.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Addresses>> + Send + 'a>>;

/// Finds the addresses of a host's name.
///
/// [`ClientBuilder::resolver`](crate::upstream::ClientBuilder::resolver) takes one. It is asked for names
/// alone: a host that spells out an address is dialled as it is.
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, the best first.
    ///
    /// Needs no deadline of its own: the client drops the future at its connect deadline.
    ///
    /// # Errors
    ///
    /// [`NotFound`](io::ErrorKind::NotFound) says that there is no such name, as an empty answer
    /// does. Any other error says that nobody knows now.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// What a lookup found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    addresses: Vec<IpAddr>,
    fresh_for: Option<Duration>,
}

impl Addresses {
    /// These addresses, the best first.
    #[must_use]
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self {
            addresses: addresses.into_iter().collect(),
            fresh_for: None,
        }
    }

    /// Says how long the answer may be believed: the TTL of its records. Default: not known.
    #[must_use]
    pub const fn with_ttl(mut self, ttl: Duration) -> Self {
        self.fresh_for = Some(ttl);
        self
    }

    /// The addresses, the best first.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }

    /// How long it may be believed, when that is known.
    #[must_use]
    pub const fn ttl(&self) -> Option<Duration> {
        self.fresh_for
    }

    pub(in crate::upstream) fn into_addresses(self) -> Vec<IpAddr> {
        self.addresses
    }
}
