//! What a peer can do wrong in HTTP, and what it is told.
//!
//! ```text
//! RequestError   the head       400  408  431  501     then the connection ends
//! BodyError      the body       400  408  413  503     then the connection ends
//! UpgradeError   the handshake  400  405  426
//! ```
//!
//! ```
//! use wire42::net::http::{Request, RequestError};
//!
//! let error = Request::parse(b"GET / HTTP/1.1\r\n\r\n").expect_err("no Host");
//! assert_eq!(error, RequestError::Malformed("An HTTP/1.1 request must have a Host header."));
//! assert_eq!(error.response().status, 400);
//! ```

use std::error::Error;
use std::fmt;

use super::response::Response;

/// What was wrong with a head. Where the next request begins is not known then: answer and close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// It is not HTTP/1.1, or could be understood in two ways; the sentence says where.
    Malformed(&'static str),
    /// It is longer than [`HEAD_LIMIT`](super::request::HEAD_LIMIT) or has more lines than
    /// [`HEADERS`](super::request::HEADERS).
    HeadTooLarge,
    /// Its body is in a transfer coding other than chunked.
    UnknownCoding,
    /// It began, but did not end in time; only a [`Connection`](super::Connection) can tell.
    Timeout,
}

impl RequestError {
    /// Gives what the peer is told before the connection is closed.
    pub fn response(&self) -> Response {
        let status = match self {
            RequestError::Malformed(_) => 400,
            RequestError::Timeout => 408,
            RequestError::HeadTooLarge => 431,
            RequestError::UnknownCoding => 501,
        };
        Response::text(status, &self.to_string())
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            RequestError::Malformed(sentence) => sentence,
            RequestError::HeadTooLarge => "The request's head is larger than this server takes.",
            RequestError::UnknownCoding => "The only transfer coding that this server knows is chunked.",
            RequestError::Timeout => "The request's head did not come in time.",
        })
    }
}

impl Error for RequestError {}

/// Why a body could not be read. What is left of it may look like a request: answer and close.
///
/// ```
/// use wire42::net::http::BodyError;
///
/// let told = |error: BodyError| error.response().map(|response| response.status);
/// assert_eq!(told(BodyError::TooLarge), Some(413));
/// assert_eq!(told(BodyError::NoRoom), Some(503));
/// assert_eq!(told(BodyError::Gone), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It is, or is going to be, over the limit.
    TooLarge,
    /// It is not chunked as it should be; the sentence says where.
    Malformed(&'static str),
    /// It did not come in time; only a [`Connection`](super::Connection) can tell.
    Timeout,
    /// There is no room for it now; only whoever reads it can tell.
    NoRoom,
    /// The peer went away before its end; only a [`Connection`](super::Connection) can tell.
    Gone,
}

impl BodyError {
    /// Gives what the peer is told before the connection is closed; `None` if nobody is there to be told.
    pub fn response(&self) -> Option<Response> {
        let status = match self {
            BodyError::Malformed(_) => 400,
            BodyError::Timeout => 408,
            BodyError::TooLarge => 413,
            BodyError::NoRoom => return Some(Response::unavailable(&self.to_string(), "1")),
            BodyError::Gone => return None,
        };
        Some(Response::text(status, &self.to_string()))
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            BodyError::TooLarge => "The request's body is larger than this server takes.",
            BodyError::Malformed(sentence) => sentence,
            BodyError::Timeout => "The request's body did not come in time.",
            BodyError::NoRoom => "There is no room for the request's body now.",
            BodyError::Gone => "The peer went away before the body's end.",
        })
    }
}

impl Error for BodyError {}

/// What was wrong with a request to go on in WebSocket.
///
/// ```
/// use wire42::net::http::UpgradeError;
///
/// let answer = UpgradeError::Version.response();
/// assert_eq!((answer.status, answer.header("sec-websocket-version")), (426, Some("13")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeError {
    /// It is not a GET.
    Method,
    /// It has a body, of which the first frame could not be told.
    Body,
    /// `Upgrade` does not list websocket, or `Connection` does not list upgrade.
    NotAsked,
    /// `Sec-WebSocket-Version` is not 13.
    Version,
    /// `Sec-WebSocket-Key` is missing, or not the base64 of 16 bytes.
    Key,
}

impl UpgradeError {
    /// Gives what the peer is told instead of 101.
    pub fn response(&self) -> Response {
        let sentence = self.to_string();
        match self {
            UpgradeError::Method => Response::method_not_allowed("GET", &sentence),
            UpgradeError::Version => Response::upgrade_required(&sentence),
            UpgradeError::Body | UpgradeError::NotAsked | UpgradeError::Key => Response::text(400, &sentence),
        }
    }
}

impl fmt::Display for UpgradeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            UpgradeError::Method => "A WebSocket handshake is a GET.",
            UpgradeError::Body => "A WebSocket handshake has no body.",
            UpgradeError::NotAsked => "A WebSocket handshake has Upgrade: websocket and Connection: Upgrade.",
            UpgradeError::Version => "This server speaks version 13 of WebSocket.",
            UpgradeError::Key => "A WebSocket handshake has one Sec-WebSocket-Key, the base64 of 16 bytes.",
        })
    }
}

impl Error for UpgradeError {}
