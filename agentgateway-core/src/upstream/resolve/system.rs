use super::{Addresses, Resolve, Resolving};

/// The operating system's resolver (`getaddrinfo`), with its files and its search list.
///
/// Each lookup takes a thread of the runtime's blocking pool, which it keeps until the system
/// answers, also when nobody waits any more. Answers have no TTL, and failures do not tell whether there is no
/// such name or no resolver.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemResolver {}

impl SystemResolver {
    /// The resolver of this system.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            // The port is of no use to a lookup; `lookup_host` wants one.
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(Addresses::new(found.map(|address| address.ip())))
        })
    }
}
