//! The handshake that turns a connection into a WebSocket, the server's side of it (RFC 6455 §4.2).
//!
//! ```text
//! GET /socket.io/?EIO=4&transport=websocket HTTP/1.1    HTTP/1.1 101 Switching Protocols
//! Host: localhost
//! Upgrade: websocket                                    Upgrade: websocket
//! Connection: keep-alive, Upgrade                       Connection: Upgrade
//! Sec-WebSocket-Version: 13
//! Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==           Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//! ```
//!
//! No extension is ever accepted: nothing here can compress, and what was not accepted is not used (RFC 6455
//! §9.1).
//!
//! ```
//! use wire42::net::http::{Request, Upgrade};
//!
//! let head = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n\
//!     Upgrade: websocket\r\nConnection: Upgrade\r\n\
//!     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
//! let (request, _) = Request::parse(head).expect("well-formed").expect("complete");
//! let upgrade = Upgrade::agreed(&request).expect("a right handshake");
//! assert_eq!(upgrade.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
//! assert_eq!(upgrade.response().status, 101);
//! ```

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::error::UpgradeError;
use super::request::{Method, Request};
use super::response::Response;
use crate::planted::planted;

/// What server and client agreed on in a right handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The value of `Sec-WebSocket-Accept`, by which the client knows that we understood its key.
    pub accept: String,
    /// The first subprotocol that was offered, if any: Chromium and `ws` fail a connection on which theirs is
    /// not selected.
    pub protocol: Option<String>,
}

impl Upgrade {
    /// Agrees to a request for WebSocket that obeys RFC 6455 §4.2.1.
    ///
    /// # Errors
    ///
    /// Names the first thing that is wrong with the request.
    pub fn agreed(request: &Request) -> Result<Self, UpgradeError> {
        if request.method != Method::Get {
            return Err(UpgradeError::Method);
        }
        if !request.asks_upgrade {
            return Err(UpgradeError::NotAsked);
        }
        if !request.body.is_empty() {
            return Err(UpgradeError::Body);
        }
        // Ours: the reference takes version 8 as well. RFC 6455 §4.4: a server that does not speak the
        // version answers with the ones it does speak.
        if only(request, "sec-websocket-version") != Some("13") && !planted("any-websocket-version") {
            return Err(UpgradeError::Version);
        }
        let key = only(request, "sec-websocket-key").filter(|key| is_key(key));
        let key = key.or(planted("any-websocket-key").then_some("")).ok_or(UpgradeError::Key)?;
        let mut protocols = request.headers.list("sec-websocket-protocol");
        Ok(Self {
            accept: derive_accept_key(if planted("accept-without-key") { b"" } else { key.as_bytes() }),
            protocol: protocols.next().filter(|_| !planted("no-subprotocol")).map(str::to_owned),
        })
    }

    /// Gives the answer after which both sides speak WebSocket.
    pub fn response(&self) -> Response {
        let response = Response::switching_protocols(&self.accept);
        match &self.protocol {
            Some(protocol) => response.with("Sec-WebSocket-Protocol", protocol.clone()),
            None => response,
        }
    }
}

/// RFC 6455 §11.3.1 and §11.3.5: neither header may appear more than once in a request.
fn only<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut values = request.headers.values(name);
    values.next().filter(|_| values.next().is_none())
}

/// Sixteen bytes are 22 digits of base64 and two signs of padding. The bits behind the last byte are not
/// looked at: clients make keys up, and nothing is ever decoded.
fn is_key(key: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    key.strip_suffix("==").is_some_and(|digits| digits.len() == 22 && digits.bytes().all(digit))
}

#[cfg(test)]
mod tests {
    use super::{Request, Upgrade, UpgradeError};

    const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";
    const ASKING: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

    #[test]
    fn the_handshake_of_the_rfc_is_agreed_to() {
        let upgrade = agreed("GET", &[ASKING, VERSION, KEY]).unwrap();

        assert_eq!(
            String::from_utf8(upgrade.response().to_bytes(false, false, 0)).unwrap(),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        );
    }

    #[test]
    fn firefox_lists_keep_alive_and_old_clients_write_capitals() {
        let asking = "Upgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n";

        assert!(agreed("GET", &[asking, VERSION, KEY]).is_ok());
    }

    #[test]
    fn the_first_subprotocol_is_selected_and_no_extension() {
        let offers = "Sec-WebSocket-Protocol: foo, bar\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";

        let response = agreed("GET", &[ASKING, VERSION, KEY, offers]).unwrap().response();

        assert_eq!(response.header("sec-websocket-protocol"), Some("foo"));
        assert_eq!(response.header("sec-websocket-extensions"), None);
    }

    #[test]
    fn only_a_get_is_a_handshake() {
        let error = agreed("POST", &[ASKING, VERSION, KEY]).unwrap_err();

        assert_eq!(error, UpgradeError::Method);
        assert_eq!((error.response().status, error.response().header("allow")), (405, Some("GET")));
    }

    #[test]
    fn both_headers_must_ask() {
        for asking in
            ["Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Upgrade: h2c\r\nConnection: Upgrade\r\n"]
        {
            let error = agreed("GET", &[asking, VERSION, KEY]).unwrap_err();

            assert_eq!((error, error.response().status), (UpgradeError::NotAsked, 400), "{asking}");
        }
    }

    #[test]
    fn another_version_is_told_ours() {
        for version in
            ["", "Sec-WebSocket-Version: 8\r\n", "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\n"]
        {
            let error = agreed("GET", &[ASKING, version, KEY]).unwrap_err();

            assert_eq!(error, UpgradeError::Version, "{version}");
            assert_eq!(error.response().status, 426);
            assert_eq!(error.response().header("sec-websocket-version"), Some("13"));
        }
    }

    #[test]
    fn a_key_is_the_base64_of_sixteen_bytes() {
        for key in [
            "",
            "short==",
            "dGhlIHNhbXBsZSBub25jZQa==",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZTE=",
            "dGhlIHNhbXBsZSBub25j!Q==",
        ] {
            let error =
                agreed("GET", &[ASKING, VERSION, &format!("Sec-WebSocket-Key: {key}\r\n")]).unwrap_err();

            assert_eq!((error, error.response().status), (UpgradeError::Key, 400), "{key}");
        }
        assert_eq!(agreed("GET", &[ASKING, VERSION]), Err(UpgradeError::Key));
        assert_eq!(agreed("GET", &[ASKING, VERSION, KEY, KEY]), Err(UpgradeError::Key));
    }

    #[test]
    fn a_body_could_pass_for_frames() {
        assert_eq!(agreed("GET", &[ASKING, VERSION, KEY, "Content-Length: 2\r\n"]), Err(UpgradeError::Body));
        assert!(agreed("GET", &[ASKING, VERSION, KEY, "Content-Length: 0\r\n"]).is_ok());
    }

    fn agreed(method: &str, lines: &[&str]) -> Result<Upgrade, UpgradeError> {
        let head = format!("{method} /socket.io/ HTTP/1.1\r\nHost: a\r\n{}\r\n", lines.concat());
        Upgrade::agreed(&Request::parse(head.as_bytes()).unwrap().unwrap().0)
    }
}
