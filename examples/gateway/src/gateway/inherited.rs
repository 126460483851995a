use std::{
    env, io,
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use agentgateway_core::server::Listener;
use listenfd::ListenFd;
use socket2::SockRef;

/// Listening sockets that whoever started the process holds and has passed on. Clones are the same.
///
/// They are used in the place of binding, as often as a listener comes back: they outlive each process
/// that serves them, and so do the connections in their queues.
#[derive(Clone, Debug, Default)]
pub struct Inherited(Arc<[Passed]>);

#[derive(Debug)]
struct Passed {
    socket: TcpListener,
    addr: SocketAddr,
    name: String,
    used: AtomicBool,
}

/// What is passed on is not what is said, or cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InheritError {
    /// A variable is no number.
    #[error("{variable} is `{value}`, and not {meaning}, as in {variable}=1")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// What it says.
        value: String,
        /// What it should say.
        meaning: &'static str,
    },
    /// A descriptor is no TCP socket that listens.
    #[error(
        "socket {number} of LISTEN_FDS={count} is none: from descriptor 3 on so many TCP sockets \
         that listen are to be passed on"
    )]
    Socket {
        /// Which one, counted from 1.
        number: u16,
        /// How many there should be.
        count: u16,
        /// What is wrong with it.
        source: io::Error,
    },
}

impl Inherited {
    /// Those that the environment tells of, by the convention of systemd (`LISTEN_FDS`, `LISTEN_PID`,
    /// `LISTEN_FDNAMES`). Without `LISTEN_PID` they are for this process.
    ///
    /// To be called once, before the process has threads or opens anything: it takes the descriptors
    /// from 3 on, and the variables out of the environment.
    ///
    /// # Errors
    /// [`InheritError`] says what is wrong with a variable or a socket.
    ///
    /// # Source
    /// `sd_listen_fds(3)`
    pub fn of_process() -> Result<Self, InheritError> {
        let count: Option<u16> = number("LISTEN_FDS", "the number of sockets that are passed on")?;
        let Some(count) = count else {
            return Ok(Self::default());
        };
        let of: Option<u32> = number("LISTEN_PID", "the process that they are for")?;
        if of.is_some_and(|of| of != std::process::id()) {
            return Ok(Self::default());
        }
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':');
        let mut passed = ListenFd::from_env();
        let sockets = (0..count).map(|index| {
            let name = names.next().unwrap_or_default();
            listening(&mut passed, index.into(), name).map_err(|source| InheritError::Socket {
                number: index + 1,
                count,
                source,
            })
        });
        let sockets = sockets.collect::<Result<Vec<_>, _>>()?;
        Ok(Self(sockets.into()))
    }

    /// These, which have no names.
    ///
    /// # Errors
    /// The system's, when one has no address.
    pub fn over(sockets: impl IntoIterator<Item = TcpListener>) -> io::Result<Self> {
        let sockets = sockets.into_iter().map(|socket| Passed::new(socket, ""));
        Ok(Self(sockets.collect::<io::Result<Vec<_>>>()?.into()))
    }

    /// A listener over the socket that has this address, where there is one.
    pub(super) fn listener(&self, asked: SocketAddr) -> Option<io::Result<Listener>> {
        let exact = self.0.iter().find(|passed| passed.addr == asked);
        let found = exact.or_else(|| self.0.iter().find(|passed| passed.includes(asked)))?;
        found.used.store(true, Ordering::Relaxed);
        Some(found.socket.try_clone().and_then(Listener::from_std))
    }

    /// Where one listens that has the port, and not the address.
    pub(super) fn beside(&self, asked: SocketAddr) -> Option<SocketAddr> {
        let mut addrs = self.0.iter().map(|passed| passed.addr);
        addrs.find(|addr| addr.port() == asked.port())
    }

    /// Says which ones nobody has asked for.
    pub(super) fn tell_unused(&self) {
        for Passed {
            addr, name, used, ..
        } in &*self.0
        {
            if !used.load(Ordering::Relaxed) {
                tracing::warn!(
                    %addr,
                    name,
                    "no listener uses this socket, which was passed on: who connects to it waits"
                );
            }
        }
    }
}

impl Passed {
    fn new(socket: TcpListener, name: &str) -> io::Result<Self> {
        Ok(Self {
            addr: socket.local_addr()?,
            socket,
            name: name.to_owned(),
            used: AtomicBool::new(false),
        })
    }

    /// It listens on all addresses of both families, as `ListenStream=8080` of systemd does, and all
    /// of one are asked for.
    fn includes(&self, asked: SocketAddr) -> bool {
        self.addr.port() == asked.port()
            && self.addr.ip().is_unspecified()
            && self.addr.is_ipv6()
            && asked.ip().is_unspecified()
            && SockRef::from(&self.socket)
                .only_v6()
                .is_ok_and(|only| !only)
    }
}

/// A variable that is absent or empty says nothing.
fn number<N: std::str::FromStr>(
    variable: &'static str,
    meaning: &'static str,
) -> Result<Option<N>, InheritError> {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    let read = |value: std::ffi::OsString| {
        let value = value.to_string_lossy();
        value.parse().map_err(|_| InheritError::Variable {
            variable,
            value: value.clone().into_owned(),
            meaning,
        })
    };
    value.map(read).transpose()
}

fn listening(passed: &mut ListenFd, index: usize, name: &str) -> io::Result<Passed> {
    let socket = passed.take_tcp_listener(index)?;
    let socket = socket.ok_or(io::ErrorKind::NotFound)?;
    if !SockRef::from(&socket).is_listener()? {
        return Err(io::Error::other("it does not listen"));
    }
    Passed::new(socket, name)
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;
    use crate::{
        assemble::{self, Parts, Ports},
        gateway::{Settings, Sockets},
        observe::Observer,
        telemetry::ExportStats,
    };

    fn held(addr: &str) -> (Inherited, SocketAddr) {
        let socket = TcpListener::bind(addr).unwrap();
        let addr = socket.local_addr().unwrap();
        (Inherited::over([socket]).unwrap(), addr)
    }

    #[tokio::test]
    async fn a_socket_serves_the_address_that_it_has_or_all_where_it_has_all() {
        let (local, at) = held("127.0.0.1:0");
        let of = |ip: &str| SocketAddr::new(ip.parse().unwrap(), at.port());
        assert!(local.listener(of("127.0.0.1")).unwrap().is_ok());
        for other in ["0.0.0.0", "::", "127.0.0.2"] {
            assert!(local.listener(of(other)).is_none(), "{other}");
        }
        let other_port = SocketAddr::new(at.ip(), at.port() ^ 1);
        assert!(local.listener(other_port).is_none());

        let (all, at) = held("0.0.0.0:0");
        let of = |ip: &str| SocketAddr::new(ip.parse().unwrap(), at.port());
        assert!(all.listener(of("0.0.0.0")).is_some());
        // It would take less, or more, than is asked for.
        for other in ["::", "127.0.0.1"] {
            assert!(all.listener(of(other)).is_none(), "{other}");
        }

        // Where the system has no IPv6 there is none.
        if TcpListener::bind("[::]:0").is_err() {
            return;
        }
        let (both, at) = held("[::]:0");
        let of = |ip: &str| SocketAddr::new(ip.parse().unwrap(), at.port());
        for own in ["0.0.0.0", "::"] {
            assert!(both.listener(of(own)).is_some(), "{own}");
        }
        assert!(both.listener(of("127.0.0.1")).is_none());
    }

    /// Bound anew it would be in use.
    #[tokio::test]
    async fn a_listener_that_comes_back_answers_who_has_waited() {
        let (inherited, at) = held("127.0.0.1:0");
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut settings = Settings::new(free.ip(), free);
        settings.inherited = inherited;
        let mut sockets = Sockets::new(settings);
        let parts = Parts::new(Observer::new(&ExportStats::default()));
        let plan = |listener: &str| {
            let plan = assemble::demo(&Ports::new(0, 0, at.port()), &parts);
            plan.only(&[listener.to_owned()]).unwrap()
        };
        for listener in ["llm", "mcp"] {
            let applied = sockets.apply(plan(listener), Duration::ZERO).await.unwrap();
            assert_eq!(applied.added, [listener]);
        }
        let mut waits = TcpStream::connect(at).await.unwrap();
        let request = b"GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        waits.write_all(request).await.unwrap();
        sockets.apply(plan("llm"), Duration::ZERO).await.unwrap();
        let mut answer = String::new();
        waits.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    }
}
