//! The server at the other end, and what it wants to hear with every request.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::pipe::Pipe;
use super::tls;
use crate::address::Address;

/// A server's address, looked up once, and the extras of every request.
pub struct Remote {
    /// Where it is.
    pub address: Address,
    /// Header lines of every request.
    pub headers: Vec<(String, String)>,
    /// `name=value` pairs behind the query of every request.
    pub query: Vec<String>,
    found: Vec<SocketAddr>,
    tls: Option<tls::Client>,
}

impl Remote {
    /// Looks a URL's host up; what the certificate of an `https` URL says is checked.
    pub fn new(url: &str) -> Result<Remote, String> {
        Remote::of(Address::parse(url)?, false)
    }

    /// Looks a host up; an insecure one may have any certificate.
    pub fn of(address: Address, insecure: bool) -> Result<Remote, String> {
        let found = address.resolve().map_err(|error| format!("{}: {error}", address.host))?;
        let tls = address.is_secure.then(|| tls::Client::new(&address.host, insecure)).transpose()?;
        Ok(Remote { address, headers: Vec::new(), query: Vec::new(), found, tls })
    }

    /// Tells whether connections are refused: the server is not there any more.
    pub fn is_gone(&self) -> bool {
        let refused = |error: std::io::Error| error.kind() == std::io::ErrorKind::ConnectionRefused;
        self.dial().is_err_and(refused)
    }

    pub(super) fn connect(&self) -> std::io::Result<Pipe> {
        Pipe::new(self.dial()?, self.tls.as_ref())
    }

    pub(super) fn authority(&self) -> String {
        self.address.authority()
    }

    pub(super) fn with_query(&self, target: &str) -> String {
        let mut target = target.to_owned();
        for pair in &self.query {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str(pair);
        }
        target
    }

    /// Tries each address in turn.
    fn dial(&self) -> std::io::Result<TcpStream> {
        let mut outcome = Err(std::io::Error::from(std::io::ErrorKind::NotFound));
        for address in &self.found {
            outcome = TcpStream::connect_timeout(address, CONNECT_TIMEOUT);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

/// A server on this machine accepts at once; one far away may take some time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_added_to_whatever_there_is() {
        let mut remote = Remote::new("http://127.0.0.1:9").unwrap();
        remote.query = vec!["a=1".into(), "b=2".into()];
        assert_eq!(remote.with_query("/x"), "/x?a=1&b=2");
        assert_eq!(remote.with_query("/x?EIO=4"), "/x?EIO=4&a=1&b=2");
    }

    #[test]
    fn a_port_where_nobody_listens_is_gone() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let remote = Remote::new(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        assert!(!remote.is_gone());
        drop(listener);
        assert!(remote.is_gone());
    }
}
