use std::{fmt, net::IpAddr, str::FromStr, sync::Arc};

/// A range of addresses, as in `10.0.0.0/8`, `fd00::/8` or `192.0.2.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// IPv4 addresses as their IPv6 form, so that `::ffff:10.0.0.1` is in `10.0.0.0/8`.
    base: u128,
    bits: u32,
    v4: bool,
}

/// The text is no [`Network`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNetwork(String);

/// Networks together. Clones share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Arc<[Network]>);

// === impl Network ===

impl Network {
    /// Whether the address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = 128 - self.bits;
        let prefix = |address: u128| address.checked_shr(shift).unwrap_or(0);
        prefix(number(address)) == prefix(self.base)
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(text.chars().take(64).collect());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits
                .parse::<u32>()
                .ok()
                .filter(|bits| *bits <= most)
                .ok_or_else(invalid)?,
            Some(_) => return Err(invalid()),
            None => most,
        };
        Ok(Self {
            base: number(address),
            bits: bits + (128 - most),
            v4: address.is_ipv4(),
        })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = std::net::Ipv6Addr::from(self.base);
        match address.to_ipv4_mapped() {
            Some(address) if self.v4 => write!(f, "{address}/{}", self.bits - 96),
            _ => write!(f, "{address}/{}", self.bits),
        }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

// === impl InvalidNetwork ===

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no network; expected one as in 10.0.0.0/8, fd00::/8 or 192.0.2.1",
            self.0
        )
    }
}

impl std::error::Error for InvalidNetwork {}

// === impl Networks ===

impl Networks {
    /// Whether there is none: nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the address is in one of them.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl FromIterator<Network> for Networks {
    fn from_iter<I: IntoIterator<Item = Network>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}
