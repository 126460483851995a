use std::{error::Error, fmt};

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

/// Where a Redis is.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) address: Address,
    /// The database, and the credentials.
    pub(super) login: RedisConnectionInfo,
}

#[derive(Clone, Debug)]
pub(super) enum Address {
    Tcp {
        host: String,
        port: u16,
        tls: bool,
    },
    #[cfg(unix)]
    Unix(std::path::PathBuf),
}

/// A URL that names no Redis, or one that cannot be spoken to.
#[derive(Debug)]
pub struct InvalidRedisUrl(&'static str);

impl fmt::Display for InvalidRedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for InvalidRedisUrl {}

impl Place {
    /// Errors never repeat the URL: it may hold a password.
    pub(super) fn parse(url: &str) -> Result<Self, InvalidRedisUrl> {
        let url = url.trim();
        // TLS is spoken here, not by the crate, which refuses the scheme without features of its own.
        let (url, tls) = match url.split_once("://") {
            Some(("rediss", rest)) => (format!("redis://{rest}"), true),
            Some(("valkeys", rest)) => (format!("valkey://{rest}"), true),
            _ => (url.to_owned(), false),
        };
        if tls && !cfg!(feature = "tls") {
            return Err(InvalidRedisUrl(
                "the URL asks for TLS, which needs the feature tls",
            ));
        }
        let info: ConnectionInfo = url.into_connection_info().map_err(|_| {
            InvalidRedisUrl("expected redis://[user:password@]host[:port][/database]")
        })?;
        let address = match info.addr() {
            ConnectionAddr::Tcp(host, port) => Address::Tcp {
                host: host.clone(),
                port: *port,
                tls,
            },
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => Address::Unix(path.clone()),
            _ => {
                return Err(InvalidRedisUrl(
                    "the URL's kind of address is not supported",
                ));
            }
        };
        let login = info.redis_settings().clone();
        Ok(Self { address, login })
    }
}

/// Without the credentials.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<String, String> {
        let place = Place::parse(url).map_err(|error| error.to_string())?;
        assert!(!format!("{place:?}").contains("secret"));
        Ok(match place.address {
            Address::Tcp { host, port, tls } => {
                format!("{host} {port} {tls} {}", place.login.db())
            }
            #[cfg(unix)]
            Address::Unix(path) => path.display().to_string(),
        })
    }

    #[test]
    fn a_url_is_read() {
        assert_eq!(parsed("redis://h").unwrap(), "h 6379 false 0");
        assert_eq!(parsed("valkey://u:secret@h:7/3\n").unwrap(), "h 7 false 3");
        assert_eq!(parsed("redis://:secret@[::1]:7").unwrap(), "::1 7 false 0");
        #[cfg(feature = "tls")]
        assert_eq!(parsed("rediss://u:secret@h:7").unwrap(), "h 7 true 0");
        #[cfg(unix)]
        assert_eq!(parsed("redis+unix:///run/redis").unwrap(), "/run/redis");
    }

    #[test]
    fn an_error_never_repeats_a_password() {
        for url in [
            "",
            "h",
            "http://u:secret@h",
            "redis://u:secret@h:x",
            "redis://:secret@h/x",
        ] {
            let error = parsed(url).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
