//! The sockets on which connections come in: one for each thread.
//!
//! ```text
//!                           ┌─ listener 0 ─ thread 0
//! connections ── kernel ────┤                              each thread has its share, and none wakes for another's
//!                by hash    └─ listener 1 ─ thread 1
//! ```
//!
//! On Linux the kernel spreads connections evenly over listeners of one address (`SO_REUSEPORT`). Elsewhere the threads
//! share one listener, and whoever is first takes the connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

use socket2::{Domain, Protocol, Socket, Type};

use crate::planted::planted;

/// Listens on an address. The unspecified address of IPv6 takes IPv4 too, and stands back for it where there is no IPv6.
pub(super) fn bind(host: IpAddr, port: u16) -> io::Result<Vec<TcpListener>> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let count = if planted("one-connection-at-a-time") { 1 } else { cores };
    match listen(SocketAddr::new(host, port), count) {
        Err(error) if host.is_unspecified() && host.is_ipv6() && !is_taken(&error) => {
            listen(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), count)
        }
        result => result,
    }
}

#[cfg(target_os = "linux")]
fn listen(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    // Sockets that share an address take the place beside those of any other process of the same user. Two servers on one
    // port are a mistake, so one socket that does not share asks first.
    let alone = socket(address)?;
    alone.bind(&address.into())?;
    let address = alone.local_addr()?.as_socket().expect("it was bound to an address of IP");
    alone.listen(1)?;
    drop(alone);
    let shared = || {
        let socket = socket(address)?;
        socket.set_reuse_port(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    (0..count).map(|_| shared()).collect()
}

#[cfg(not(target_os = "linux"))]
fn listen(address: SocketAddr, count: usize) -> io::Result<Vec<TcpListener>> {
    let socket = socket(address)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener: TcpListener = socket.into();
    (0..count).map(|_| listener.try_clone()).collect()
}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // Not on Windows, where it would let a second server take the same port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

/// Connections that the kernel holds for each listener until they are accepted: as many as it lets us have.
const BACKLOG: i32 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_cannot_be_shared() {
        let first = bind(Ipv4Addr::LOCALHOST.into(), 0).unwrap();
        let port = first[0].local_addr().unwrap().port();

        let second = bind(Ipv4Addr::LOCALHOST.into(), port);

        assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert!(first.iter().all(|listener| listener.local_addr().unwrap().port() == port));
    }
}
