//! What has a tracing and an access log of its own.

use std::fmt;

/// A Gateway, as `namespace/name`: whom spans and records name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatewayName(String);

impl GatewayName {
    /// The Gateway of this namespace and name.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self([namespace, "/", name].concat())
    }

    /// `namespace/name`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GatewayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What tracing and access logs are told apart by: a listener of a Gateway, or what reaches one of
/// its ports and no listener.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    gateway: GatewayName,
    part: Part,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part {
    Listener(String),
    Strays(u16),
}

impl Scope {
    /// A listener.
    #[must_use]
    pub fn listener(gateway: &GatewayName, name: impl Into<String>) -> Self {
        Self {
            gateway: gateway.clone(),
            part: Part::Listener(name.into()),
        }
    }

    /// The requests of a port whose host no listener serves.
    #[must_use]
    pub fn strays(gateway: &GatewayName, port: u16) -> Self {
        Self {
            gateway: gateway.clone(),
            part: Part::Strays(port),
        }
    }

    /// The Gateway.
    #[must_use]
    pub const fn gateway(&self) -> &GatewayName {
        &self.gateway
    }

    /// The listener, where it is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.part {
            Part::Listener(name) => Some(name),
            Part::Strays(_) => None,
        }
    }

    /// The port, where no listener takes the requests.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        match &self.part {
            Part::Listener(_) => None,
            Part::Strays(port) => Some(*port),
        }
    }
}
