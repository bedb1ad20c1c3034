//! Where a server is: what a URL says, and nothing that it only implies.
//!
//! ```text
//! https://chat.example.org:8443/socket.io/
//! └ TLS   └ host           └ port └ path
//! ```
//!
//! ```
//! use protocol_tests::address::Address;
//! let address = Address::parse("https://chat.example.org/live/").unwrap();
//! assert_eq!((address.port, address.path.as_deref()), (443, Some("/live/")));
//! assert_eq!(address.authority(), "chat.example.org");
//! assert!(Address::parse("ftp://x").is_err());
//! ```

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};

/// A URL's scheme, host, port and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// TLS is spoken there.
    pub is_secure: bool,
    /// A name, or an IP address without brackets.
    pub host: String,
    /// The port, that of the scheme when the URL has none.
    pub port: u16,
    /// The path, when the URL has one besides `/`.
    pub path: Option<String>,
}

impl Address {
    /// Reads an `http`, `https`, `ws` or `wss` URL.
    pub fn parse(url: &str) -> Result<Address, String> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| format!("{url} is no URL"))?;
        let is_secure = match scheme {
            "http" | "ws" => false,
            "https" | "wss" => true,
            _ => return Err(format!("{url} begins with neither http:// nor https://")),
        };
        if rest.contains(['?', '#', '@']) {
            return Err(format!("{url} has more than host, port and path: see --query and --header"));
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (host, port) = split(authority).ok_or_else(|| format!("{url} has no host, or no good port"))?;
        let port = port.unwrap_or(if is_secure { 443 } else { 80 });
        let path = (path.len() > 1).then(|| path.to_owned());
        Ok(Address { is_secure, host: host.to_owned(), port, path })
    }

    /// The `Host` of a request: without the port where that goes without saying (RFC 9110 §4.2.3).
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let default = if self.is_secure { 443 } else { 80 };
        if self.port == default { host } else { format!("{host}:{}", self.port) }
    }

    /// Looks the host up.
    pub fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        let found: Vec<SocketAddr> = (self.host.as_str(), self.port).to_socket_addrs()?.collect();
        let nothing = || std::io::Error::new(std::io::ErrorKind::NotFound, "it has no address");
        if found.is_empty() { Err(nothing()) } else { Ok(found) }
    }

    /// Tells whether this is nobody else's machine.
    pub fn is_loopback(&self) -> bool {
        self.resolve().is_ok_and(|found| found.iter().all(|address| address.ip().is_loopback()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// Splits `host:port` and `[::1]:port`.
fn split(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port.parse().ok()?),
        None if port.is_empty() => None,
        None => return None,
    };
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let parts = |url: &str| {
            let address = Address::parse(url).unwrap();
            (address.to_string(), address.port, address.path)
        };
        assert_eq!(parts("http://127.0.0.1:3030"), ("http://127.0.0.1:3030".into(), 3030, None));
        assert_eq!(parts("ws://h/"), ("http://h".into(), 80, None));
        assert_eq!(parts("wss://h/a/b"), ("https://h".into(), 443, Some("/a/b".into())));
        assert_eq!(parts("http://[::1]:81/"), ("http://[::1]:81".into(), 81, None));
    }

    #[test]
    fn what_is_no_url_of_a_server_is_refused() {
        for url in
            ["localhost:3030", "http://", "http://h:x", "http://h:99999", "http://h/?a=b", "http://u@h"]
        {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let is_loopback = |url: &str| Address::parse(url).unwrap().is_loopback();
        assert!(is_loopback("http://127.0.0.1:1") && is_loopback("http://[::1]:1"));
        assert!(!is_loopback("http://192.0.2.1:1"));
    }
}
