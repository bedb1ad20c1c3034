//! The head of a request: who is asked for what, and how long the body behind it is.
//!
//! ```text
//! GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n
//! ─┬─ ─────┬──── ───────────┬──────────── ───┬────
//!  method  path             query            version
//! Host: localhost:3030\r\n
//! \r\n                                              <- the head ends here; the body begins
//! ```
//!
//! What a proxy in front of us could read in another way than we do is refused, not guessed: RFC 9112 §11.2.
//!
//! ```
//! use wire42::net::http::{BodyLength, Method, Request};
//!
//! let bytes = b"POST /socket.io/?sid=x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n40";
//! let (request, head) = Request::parse(bytes).expect("well-formed").expect("complete");
//! assert_eq!((request.method, &*request.path, &*request.query), (Method::Post, "/socket.io/", "sid=x"));
//! assert_eq!(request.body, BodyLength::Length(2));
//! assert_eq!(&bytes[head..], b"40");
//! ```

use httparse::Status;

use super::error::RequestError;
use super::headers::Headers;
use super::length::BodyLength;
use crate::planted::planted;

/// A browser's head is under 2 KiB, with long cookies 8; 16 KiB is what Node takes.
pub const HEAD_LIMIT: usize = 16 * 1024;

/// A browser behind two proxies sends about 30 header lines; the table for 100 is 3 KiB of stack.
pub const HEADERS: usize = 100;

/// A request whose head has come; its body may still be on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub method: Method,
    /// The target's path as it was sent, not decoded; `*` of an `OPTIONS *`.
    pub path: String,
    /// What stood between `?` and `#`, not decoded; empty if there was none.
    pub query: String,
    /// The version of the protocol that the peer speaks.
    pub version: Version,
    /// Says whether the peer wants to send another request on this connection (RFC 9112 §9.3).
    pub keep_alive: bool,
    /// How the end of the body is found.
    pub body: BodyLength,
    /// Says whether the peer waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
    pub expects_continue: bool,
    /// Says whether the peer asks to go on in WebSocket; whether it asks *rightly* is
    /// [`Upgrade`](super::Upgrade)'s.
    pub asks_upgrade: bool,
    /// Every header line.
    pub headers: Headers,
}

impl Request {
    /// Reads one head from the beginning of `bytes`, and says how many bytes it took; `None` if its end has
    /// not come.
    ///
    /// Empty lines before the request line are skipped (RFC 9112 §2.2).
    ///
    /// # Errors
    ///
    /// Names what is wrong with the head. Nothing behind it can be trusted: answer and close.
    pub fn parse(bytes: &[u8]) -> Result<Option<(Request, usize)>, RequestError> {
        let mut lines = [httparse::EMPTY_HEADER; HEADERS];
        let mut head = httparse::Request::new(&mut lines);
        match head.parse(bytes) {
            Ok(Status::Complete(length)) if length > HEAD_LIMIT && !planted("head-of-any-length") => {
                Err(RequestError::HeadTooLarge)
            }
            Ok(Status::Partial) if bytes.len() >= HEAD_LIMIT => Err(RequestError::HeadTooLarge),
            Err(httparse::Error::TooManyHeaders) => Err(RequestError::HeadTooLarge),
            Err(error) => Err(RequestError::Malformed(fault(error))),
            Ok(Status::Partial) => Ok(None),
            Ok(Status::Complete(length)) => {
                refuse_bare_line_feeds(&bytes[..length])?;
                Ok(Some((Request::understand(&head)?, length)))
            }
        }
    }

    /// Gives the value of the first header line with this name, in any case.
    ///
    /// ```
    /// # use wire42::net::http::Request;
    /// let head = b"GET / HTTP/1.1\r\nHost: localhost:3030\r\n\r\n";
    /// let (request, _) = Request::parse(head).expect("well-formed").expect("complete");
    /// assert_eq!(request.header("host"), Some("localhost:3030"));
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.first(name)
    }

    fn understand(head: &httparse::Request<'_, '_>) -> Result<Request, RequestError> {
        let headers: Headers = head.headers.iter().map(|line| (line.name, line.value)).collect();
        let version = if head.version == Some(0) { Version::Http10 } else { Version::Http11 };
        refuse_wrong_host(&headers, version)?;
        refuse_coding_in_http10(&headers, version)?;
        let (path, query) = split_target(head.path.unwrap_or_default());
        Ok(Request {
            method: Method::from(head.method.unwrap_or_default()),
            path: path.to_owned(),
            query: query.to_owned(),
            version,
            keep_alive: keeps_alive(&headers, version),
            body: BodyLength::announced(&headers)?,
            expects_continue: version == Version::Http11 && headers.lists("expect", "100-continue"),
            // RFC 9110 §7.8: "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0
            // request." An Upgrade that `Connection` does not list is not meant for us, and to h2c (curl)
            // nobody is obliged.
            asks_upgrade: version == Version::Http11
                && headers.lists("connection", "upgrade")
                && headers.lists("upgrade", "websocket"),
            headers,
        })
    }
}

/// What a request wants done.
///
/// ```
/// use wire42::net::http::Method;
///
/// assert_eq!(Method::from("GET"), Method::Get);
/// assert_eq!(Method::from("get"), Method::Other);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`: a `GET` whose answer has no body.
    Head,
    /// `POST`.
    Post,
    /// `OPTIONS`.
    Options,
    /// Any other; none means anything here.
    Other,
}

impl From<&str> for Method {
    fn from(name: &str) -> Self {
        match name {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            "OPTIONS" => Method::Options,
            _ => Method::Other,
        }
    }
}

/// The version of HTTP that a peer speaks.
///
/// ```
/// use wire42::net::http::{Request, Version};
///
/// let (request, _) = Request::parse(b"GET / HTTP/1.0\r\n\r\n").expect("well-formed").expect("complete");
/// assert_eq!((request.version, request.keep_alive), (Version::Http10, false));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: a connection ends with its answer, unless the peer asked otherwise.
    Http10,
    /// HTTP/1.1.
    Http11,
}

/// RFC 9112 §2.2 allows a recipient to take a bare LF for a line's end, and httparse does.
/// Ours: as the reference does, we do not, since a proxy that does not either sees other lines than we would.
fn refuse_bare_line_feeds(head: &[u8]) -> Result<(), RequestError> {
    let bare = |at: usize| head[at] == b'\n' && (at == 0 || head[at - 1] != b'\r');
    if (0..head.len()).any(bare) {
        return Err(RequestError::Malformed("A line must end in CR LF."));
    }
    Ok(())
}

/// RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message
/// that lacks a Host header field and to any request message that contains more than one Host header field
/// line".
fn refuse_wrong_host(headers: &Headers, version: Version) -> Result<(), RequestError> {
    match (headers.values("host").count(), version) {
        (1, _) | (0, Version::Http10) => Ok(()),
        (0, Version::Http11) if planted("host-may-miss") => Ok(()),
        (0, Version::Http11) => Err(RequestError::Malformed("An HTTP/1.1 request must have a Host header.")),
        _ => Err(RequestError::Malformed("A request may have one Host header.")),
    }
}

/// RFC 9112 §6.1: "A server or client that receives an HTTP/1.0 message containing a Transfer-Encoding header
/// field MUST treat the message as if the framing is faulty".
fn refuse_coding_in_http10(headers: &Headers, version: Version) -> Result<(), RequestError> {
    match (headers.first("transfer-encoding"), version) {
        (Some(_), Version::Http10) => Err(RequestError::Malformed("HTTP/1.0 has no Transfer-Encoding.")),
        (None, Version::Http10) | (_, Version::Http11) => Ok(()),
    }
}

/// Splits a target into path and query, and drops a fragment, which no client should send and some do.
///
/// RFC 9112 §3.2.2: "a server MUST accept the absolute-form in requests even though most HTTP/1.1 clients
/// will only send the absolute-form to a proxy."
fn split_target(target: &str) -> (&str, &str) {
    let target = target.split_once('#').map_or(target, |(before, _)| before);
    let target = match without_scheme(target) {
        None => target,
        Some(rest) => &rest[rest.find(['/', '?']).unwrap_or(rest.len())..],
    };
    match target.split_once('?').unwrap_or((target, "")) {
        ("", query) => ("/", query),
        split => split,
    }
}

fn without_scheme(target: &str) -> Option<&str> {
    let (scheme, rest) = target.split_once("://")?;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(rest)
}

/// RFC 9112 §9.3: close wins; HTTP/1.1 stays; HTTP/1.0 stays if asked to.
fn keeps_alive(headers: &Headers, version: Version) -> bool {
    let stays = version == Version::Http11
        || planted("http10-stays-open")
        || headers.lists("connection", "keep-alive");
    stays && !headers.lists("connection", "close")
}

fn fault(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::HeaderName => "A header's name has a byte that is not allowed.",
        httparse::Error::HeaderValue => "A header's value has a byte that is not allowed.",
        httparse::Error::NewLine => "A line must end in CR LF.",
        httparse::Error::Version => "This server speaks HTTP/1.1 and HTTP/1.0.",
        httparse::Error::Token | httparse::Error::Status | httparse::Error::TooManyHeaders => {
            "This is not an HTTP request line."
        }
    }
}

#[cfg(test)]
mod tests;
