//! What the system says of TCP connections.

use std::fs;

/// TCP_CLOSE_WAIT, as `/proc/net/tcp` writes it.
const CLOSE_WAIT: &str = "08";

/// Connections to this port on loopback whose peer has closed, and whose owner has not.
///
/// # Source
/// proc_net_tcp(5): local address, remote address, state.
pub(crate) fn half_closed(port: u16) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let remote = format!(":{port:04X}");
    let rows = table.lines().skip(1).filter(|row| {
        let mut fields = row.split_whitespace().skip(2);
        fields.next().is_some_and(|to| to.ends_with(&remote)) && fields.next() == Some(CLOSE_WAIT)
    });
    rows.count()
}
