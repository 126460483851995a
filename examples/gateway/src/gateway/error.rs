use std::{fmt, io, net::SocketAddr};

use agentgateway_core::server::{BindError, TlsError};

use crate::assemble::PlannedSocket;

/// The name of the admin listener.
const ADMIN: &str = "admin";

/// A socket that cannot be had, who asks for it, and what to do about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct StartError {
    listener: String,
    remedy: String,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    Bind(BindError),
    Tls(TlsError),
    TakeOver(io::Error),
    Serve(io::Error),
    Twice,
}

/// What of this process has a port that is asked for.
pub(super) enum Held {
    /// Listeners that go with the same change.
    Going(String),
    /// A socket that was passed on, and listens there.
    Passed(SocketAddr),
}

impl StartError {
    pub(super) fn admin(error: BindError) -> Self {
        Self {
            listener: ADMIN.to_owned(),
            remedy: "--admin says which address".to_owned(),
            fault: Fault::Bind(error),
        }
    }

    pub(super) fn serve_admin(error: io::Error) -> Self {
        Self {
            listener: ADMIN.to_owned(),
            remedy: "it needs a thread and two descriptors".to_owned(),
            fault: Fault::Serve(error),
        }
    }

    /// `held` is what has the port already.
    pub(super) fn bind(socket: &PlannedSocket, error: BindError, held: Option<Held>) -> Self {
        let remedy = match (error.kind(), held) {
            (io::ErrorKind::AddrNotAvailable, _) if socket.address.is_none() => {
                "--bind says which".to_owned()
            }
            (io::ErrorKind::AddrInUse, Some(Held::Going(held))) => format!(
                "{}; {held} of this gateway still has it: remove that in a change before this one",
                socket.remedy
            ),
            (io::ErrorKind::AddrInUse, Some(Held::Passed(addr))) => format!(
                "{}; the socket that was passed on listens on {addr}, which is another address",
                socket.remedy
            ),
            _ => socket.remedy.clone(),
        };
        Self {
            remedy,
            ..Self::new(socket, Fault::Bind(error))
        }
    }

    pub(super) fn tls(socket: &PlannedSocket, error: TlsError) -> Self {
        Self::new(socket, Fault::Tls(error))
    }

    pub(super) fn take_over(socket: &PlannedSocket, error: io::Error) -> Self {
        Self::new(socket, Fault::TakeOver(error))
    }

    pub(super) fn twice(socket: &PlannedSocket) -> Self {
        Self::new(socket, Fault::Twice)
    }

    fn new(socket: &PlannedSocket, fault: Fault) -> Self {
        Self {
            listener: named(socket),
            remedy: socket.remedy.clone(),
            fault,
        }
    }
}

/// The listeners of a socket, by their names.
pub(super) fn named(socket: &PlannedSocket) -> String {
    let names: Vec<_> = socket
        .listeners
        .iter()
        .map(|own| own.name.as_str())
        .collect();
    names.join(", ")
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "listener {}: ", self.listener)?;
        match &self.fault {
            Fault::Bind(error) => error.fmt(f)?,
            Fault::Tls(error) => error.fmt(f)?,
            Fault::Serve(_) => f.write_str("cannot be served")?,
            Fault::TakeOver(_) => f.write_str("its socket cannot be handed on")?,
            Fault::Twice => f.write_str("another listener of this gateway asks for its port")?,
        }
        write!(f, " ({})", self.remedy)
    }
}

impl std::error::Error for StartError {
    /// What the system said: the rest is in the message.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            Fault::Bind(error) => error.source(),
            Fault::Tls(error) => error.source(),
            Fault::TakeOver(error) | Fault::Serve(error) => Some(error),
            Fault::Twice => None,
        }
    }
}
