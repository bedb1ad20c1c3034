//! What a request is answered: a status, a few headers, a body, and their bytes.
//!
//! ```text
//! HTTP/1.1 200 OK\r\n
//! Content-Type: text/plain; charset=UTF-8\r\n          the answer's own headers
//! cache-control: no-store\r\n
//! Content-Length: 1\r\n                                what every answer has
//! Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n
//! Connection: keep-alive\r\n
//! Keep-Alive: timeout=75\r\n
//! \r\n
//! 6
//! ```
//!
//! Nothing is ever chunked: every answer is complete when it is written.
//!
//! ```
//! use wire42::net::http::Response;
//!
//! let bytes = Response::refusal(1, "Session ID unknown").to_bytes(true, false, 0);
//! assert_eq!(
//!     String::from_utf8_lossy(&bytes),
//!     "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 41\r\n\
//!      Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nConnection: close\r\n\r\n\
//!      {\"code\":1,\"message\":\"Session ID unknown\"}"
//! );
//! ```

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use super::content::Content;
use crate::planted::planted;

/// A silent connection is kept for this many seconds: longer than the 60 that nginx keeps its own side, or
/// else it would sometimes send a request on a connection that we are just closing.
pub const KEEP_ALIVE_SECONDS: u64 = 75;

/// The answer to one request.
///
/// ```
/// use wire42::net::http::Response;
///
/// let answers = [
///     (101, Response::switching_protocols("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
///     (200, Response::payload("42[\"message\",[]]")),
///     (200, Response::ok()),
///     (200, Response::file("body {}").with("Content-Type", "text/css")),
///     (200, Response::json("{}")),
///     (204, Response::no_content()),
///     (301, Response::moved("/docs/".to_owned())),
///     (304, Response::not_modified()),
///     (400, Response::refusal(1, "Session ID unknown")),
///     (404, Response::elsewhere("/socket.io/")),
///     (404, Response::no_client_file()),
///     (431, Response::text(431, "The request's head is larger than this server takes.")),
/// ];
/// assert!(answers.iter().all(|(status, answer)| answer.status == *status));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// What follows the head.
    pub body: Content,
    headers: Vec<(&'static str, Cow<'static, str>)>,
}

impl Response {
    /// Carries packets to a client that polls.
    pub fn payload(packets: impl Into<Content>) -> Self {
        let media_type = if planted("payload-as-html") { "text/html" } else { "text/plain; charset=UTF-8" };
        let cache_control = if planted("cookie-set") { "Set-Cookie" } else { "cache-control" };
        Self::new(200, packets).with("Content-Type", media_type).with(cache_control, "no-store")
    }

    /// Tells a client that its packets have been read.
    pub fn ok() -> Self {
        Self::new(200, if planted("post-answered-by-nothing") { "" } else { "ok" })
            .with("Content-Type", "text/html")
            .with("cache-control", "no-store")
    }

    /// Tells a client why there is no session for it, with Engine.IO's number for the reason.
    ///
    /// Reference: chunked, without a length. Ours: with one.
    pub fn refusal(code: u8, message: &str) -> Self {
        let message = serde_json::Value::from(message);
        Self::new(400, format!(r#"{{"code":{code},"message":{message}}}"#))
            .with("Content-Type", "application/json")
    }

    /// Says one line of text, under any status.
    pub fn text(status: u16, line: &str) -> Self {
        Self::new(status, format!("{line}\n")).with("Content-Type", "text/plain; charset=UTF-8")
    }

    /// Carries a file, or what is like one: its headers say what it is.
    pub fn file(content: impl Into<Content>) -> Self {
        Self::new(200, content)
    }

    /// Carries a value that was written as JSON.
    pub fn json(text: impl Into<Content>) -> Self {
        Self::new(200, text).with("Content-Type", "application/json")
    }

    /// Tells a client that what it has kept is still right.
    pub fn not_modified() -> Self {
        Self::new(304, "")
    }

    /// Sends a client elsewhere, for good.
    pub fn moved(location: String) -> Self {
        Self::text(301, "This is a directory: its path ends with a slash.").with("Location", location)
    }

    /// Carries metrics in Prometheus' text format, version 0.0.4.
    ///
    /// ```
    /// # use wire42::net::http::Response;
    /// let page = Response::metrics("wire42_sessions 3\n".to_owned());
    /// assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    /// ```
    pub fn metrics(text: String) -> Self {
        Self::new(200, text).with("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
    }

    /// Says nothing: the answer to a preflight, of which only the headers count.
    ///
    /// Reference: a 204 with a length, which RFC 9110 §8.6 forbids, but without which some versions of Safari
    /// wait for a body until the connection ends.
    pub fn no_content() -> Self {
        Self::new(204, "").with("Content-Length", "0")
    }

    /// Tells a visitor of another path what this is and where to go.
    pub fn elsewhere(socket_io_path: &str) -> Self {
        Self::text(
            404,
            &format!("This is wire42, a Socket.IO server. Socket.IO clients find it under {socket_io_path}"),
        )
    }

    /// Tells a page that wants its client library from us where to take it.
    ///
    /// Reference: serves the file. Ours: a server of one protocol serves no files.
    pub fn no_client_file() -> Self {
        Self::text(
            404,
            "This server does not serve the client: take socket.io-client/dist/socket.io.min.js from the npm package \
             socket.io-client.",
        )
    }

    /// Refuses a method, and names the ones that are allowed, as RFC 9110 §15.5.6 demands.
    ///
    /// ```
    /// # use wire42::net::http::Response;
    /// let answer = Response::method_not_allowed("GET", "A WebSocket handshake is a GET.");
    /// assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    /// ```
    pub fn method_not_allowed(allowed: &'static str, line: &str) -> Self {
        Self::text(405, line).with("Allow", allowed)
    }

    /// Refuses a WebSocket handshake of another version, and names ours (RFC 6455 §4.4).
    ///
    /// RFC 9110 §15.5.22: "The server MUST send an Upgrade header field in a 426 response".
    ///
    /// ```
    /// # use wire42::net::http::Response;
    /// let answer = Response::upgrade_required("This server speaks version 13 of WebSocket.");
    /// assert_eq!((answer.status, answer.header("upgrade")), (426, Some("websocket")));
    /// ```
    pub fn upgrade_required(line: &str) -> Self {
        Self::text(426, line).with("Upgrade", "websocket").with("Sec-WebSocket-Version", "13")
    }

    /// Says that there is no room now; the client should come back in so many seconds.
    ///
    /// ```
    /// # use wire42::net::http::Response;
    /// let answer = Response::unavailable("All places are taken.", "5");
    /// assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    /// ```
    pub fn unavailable(line: &str, seconds: &'static str) -> Self {
        Self::text(503, line).with("Retry-After", seconds)
    }

    /// Agrees to go on in WebSocket (RFC 6455 §4.2.2).
    pub fn switching_protocols(accept: &str) -> Self {
        Self::new(101, "")
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Accept", accept.to_owned())
    }

    /// Adds a header.
    ///
    /// A control character in the value becomes a blank, so that no echo of what a peer sent can end the
    /// line.
    ///
    /// ```
    /// # use wire42::net::http::Response;
    /// let answer = Response::no_content().with("Vary", "Origin\r\nSet-Cookie: x");
    /// assert_eq!(answer.headers().last(), Some(("Vary", "Origin  Set-Cookie: x")));
    /// ```
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        let value = value.into();
        let value = if value.contains(char::is_control) {
            Cow::Owned(value.replace(char::is_control, " "))
        } else {
            value
        };
        self.headers.push((name, value));
        self
    }

    /// Gives the value of the first header with this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Gives the answer's own headers; those that every answer has come with [`to_bytes`](Self::to_bytes).
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_ref()))
    }

    /// Writes the answer as it travels.
    ///
    /// `close` announces that the connection ends behind it, `head_only` leaves out the body, as the answer
    /// to a HEAD request must, and `unix_time` is the date, in seconds since 1970.
    pub fn to_bytes(&self, close: bool, head_only: bool, unix_time: i64) -> Vec<u8> {
        let mut bytes = self.head_to_bytes(close, unix_time);
        if !head_only {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }

    /// Writes its head alone, with the length of the body that is to follow.
    ///
    /// ```
    /// # use wire42::net::http::Response;
    /// let head = String::from_utf8(Response::file("body {}").head_to_bytes(true, 0)).expect("a head is text");
    /// assert!(head.contains("Content-Length: 7\r\n") && head.ends_with("\r\n\r\n"));
    /// ```
    pub fn head_to_bytes(&self, close: bool, unix_time: i64) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in self.headers() {
            push_line(&mut head, name, value);
        }
        // Behind the head of a 101 there is no HTTP any more.
        if self.status != 101 {
            self.push_common_lines(&mut head, close, unix_time);
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    fn new(status: u16, body: impl Into<Content>) -> Self {
        Self { status, body: body.into(), headers: Vec::new() }
    }

    fn push_common_lines(&self, head: &mut String, close: bool, unix_time: i64) {
        // RFC 9110 §8.6: in a 304 a length would be that of the 200 in its place.
        if self.status != 304 && self.header("content-length").is_none() {
            push_line(head, "Content-Length", &self.body.len().to_string());
        }
        push_line(head, "Date", &date(unix_time));
        // RFC 9110 §7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option".
        let upgrade = if self.header("upgrade").is_some() { ", Upgrade" } else { "" };
        if close {
            push_line(head, "Connection", &format!("close{upgrade}"));
        } else {
            push_line(head, "Connection", &format!("keep-alive{upgrade}"));
            push_line(head, "Keep-Alive", &format!("timeout={KEEP_ALIVE_SECONDS}"));
        }
    }
}

fn push_line(head: &mut String, name: &str, value: &str) {
    head.push_str(name);
    head.push_str(": ");
    head.push_str(value);
    head.push_str("\r\n");
}

/// A date before 1970 or after 9999 has no form in HTTP; a clock that is so wrong may as well say the nearest
/// that has.
fn date(unix_time: i64) -> String {
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(unix_time).unwrap_or(0).min(LAST);
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Payload Too Large",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        // RFC 9112 §4: the reason may be empty, "a client SHOULD ignore" it.
        _ => "",
    }
}

#[cfg(test)]
mod tests;
