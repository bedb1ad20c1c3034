//! The socket of one HTTP peer: requests come out one after another, answers go in, and every wait ends.
//!
//! ```text
//!                     +------------- keep-alive -------------+
//!                     v                                      |
//!  accept -> next_request -> read_body -> (hang_up) -> respond -> linger
//!             |  75 s idle    30 s          held poll    30 s      1 s
//!             |  10 s a head                a stall
//!             +-> into_upgraded: a WebSocket from here on
//! ```
//!
//! Whoever drives a connection stops at the first `None` or error, answers the error, and always ends with
//! [`linger`](Connection::linger):
//!
//! ```
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use wire42::net::http::{Connection, Response};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let (mut peer, stream) = tokio::io::duplex(4096);
//! peer.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
//!
//! let mut connection = Connection::new(stream);
//! while let Ok(Some(request)) = connection.next_request().await {
//!     connection.respond(&Response::elsewhere("/socket.io/"), Some(&request), 0).await?;
//! }
//! connection.linger().await;
//!
//! let mut answer = String::new();
//! peer.read_to_string(&mut answer).await?;
//! assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"));
//! # Ok(())
//! # }
//! ```

mod body;
mod bounds;

use std::future::{pending, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use super::content::Content;
use super::error::RequestError;
use super::request::{Method, Request};
use super::response::Response;
use crate::planted::planted;
pub use bounds::{
    BODY_DEADLINE, Deadlines, HEAD_DEADLINE, IDLE, LINGER, LINGER_BYTES, PIPELINE_LIMIT, WRITE_STALL,
};

/// What is read at once. It is on the stack only while it is being filled, so that an idle connection owns
/// none of it.
const READ_CHUNK: usize = 8 * 1024;

/// What a connection that waits may own; most heads fit.
const KEPT_BUFFER: usize = 2 * 1024;

/// One HTTP peer.
#[derive(Debug)]
pub struct Connection<S> {
    stream: S,
    deadlines: Deadlines,
    /// What has been read and not yet understood.
    input: Vec<u8>,
    /// The next answer is the last one.
    closing: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Begins to serve a peer; the caller has set `TCP_NODELAY`, or every answer waits for an
    /// acknowledgement.
    pub fn new(stream: S) -> Self {
        Self::with_deadlines(stream, Deadlines::default())
    }

    /// Does the same, with deadlines other than [`HEAD_DEADLINE`] and [`BODY_DEADLINE`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> std::io::Result<()> {
    /// # use std::time::Duration;
    /// # use tokio::io::AsyncWriteExt;
    /// # use wire42::net::http::{Connection, Deadlines, RequestError};
    /// # let (mut peer, stream) = tokio::io::duplex(4096);
    /// let deadlines = Deadlines { head: Duration::from_secs(2), ..Deadlines::default() };
    /// let mut connection = Connection::with_deadlines(stream, deadlines);
    /// peer.write_all(b"GET / HT").await?;
    /// assert_eq!(connection.next_request().await, Err(RequestError::Timeout));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_deadlines(stream: S, deadlines: Deadlines) -> Self {
        Self { stream, deadlines, input: Vec::new(), closing: false }
    }

    /// Waits for the next request's head; `None` if there will be none.
    ///
    /// That is: the peer closed the connection, or was silent for [`IDLE`], or the last answer said
    /// `Connection: close`.
    ///
    /// # Errors
    ///
    /// Says what was wrong with the head. [`respond`](Self::respond) to it, and [`linger`](Self::linger).
    pub async fn next_request(&mut self) -> Result<Option<Request>, RequestError> {
        if self.closing || !timeout(IDLE, self.first_byte()).await.unwrap_or(false) {
            return Ok(None);
        }
        let request =
            timeout(self.deadlines.head * if planted("slow-heads-ok") { 1_000 } else { 1 }, self.read_head())
                .await
                .unwrap_or(Err(RequestError::Timeout));
        // Until its body has been read, nobody knows where the request behind this one begins; and behind a
        // handshake that we refuse, WebSocket frames may already be on their way.
        self.closing = match &request {
            Ok(Some(request)) => !request.keep_alive || !request.body.is_empty() || request.asks_upgrade,
            Ok(None) | Err(_) => true,
        };
        request
    }

    /// Writes the answer to `request`, or to what was not one.
    ///
    /// It says `Connection: close` if the connection cannot be used again; `next_request` then gives `None`.
    ///
    /// # Errors
    ///
    /// The socket's own, if the peer is gone, and [`io::ErrorKind::TimedOut`] if it does not read.
    pub async fn respond(
        &mut self,
        response: &Response,
        request: Option<&Request>,
        now_unix: i64,
    ) -> io::Result<()> {
        self.closing |= request.is_none() || planted("one-request-a-connection");
        if planted("pipelined-requests-lost") {
            self.input.clear();
        }
        let head_only = request.is_some_and(|request| request.method == Method::Head);
        let written = match &response.body {
            // A file is not copied for everyone who reads it slowly.
            Content::Shared(file) if file.len() > READ_CHUNK && !head_only => {
                match self.write(&response.head_to_bytes(self.closing, now_unix)).await {
                    Ok(()) => self.write(file).await,
                    error => error,
                }
            }
            _ => self.write(&response.to_bytes(self.closing, head_only, now_unix)).await,
        };
        self.closing |= written.is_err();
        written
    }

    /// Makes the next answer the last one on this connection.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tokio::io::AsyncWriteExt;
    /// # use wire42::net::http::{Connection, Response};
    /// # let (mut peer, stream) = tokio::io::duplex(4096);
    /// # let mut connection = Connection::new(stream);
    /// peer.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await?;
    /// let request = connection.next_request().await?.expect("a peer that speaks");
    /// connection.end();
    /// connection.respond(&Response::ok(), Some(&request), 0).await?;
    /// assert_eq!(connection.next_request().await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn end(&mut self) {
        self.closing = true;
    }

    /// Completes when the peer hangs up, be it only its sending half, while its answer is being held.
    ///
    /// What it sends ahead is kept; when that is [`PIPELINE_LIMIT`], a hang-up is no longer seen.
    /// Cancel-safe.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tokio::io::AsyncWriteExt;
    /// # use wire42::net::http::{Connection};
    /// # let (mut peer, stream) = tokio::io::duplex(4096);
    /// # let mut connection = Connection::new(stream);
    /// peer.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await?;
    /// let _held = connection.next_request().await?.expect("a peer that speaks");
    /// drop(peer);
    /// connection.hang_up().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn hang_up(&mut self) {
        while self.input.len() < PIPELINE_LIMIT {
            if !self.fill(PIPELINE_LIMIT - self.input.len()).await {
                self.closing = true;
                return;
            }
        }
        pending::<()>().await;
    }

    /// Ends the connection so that the peer can read the last answer.
    ///
    /// RFC 9112 §9.6: closing while the peer is still sending makes the kernel reset the connection, and the
    /// reset may destroy the answer before the peer has read it. So the writing half is closed first, and for
    /// a little while what comes is dropped.
    pub async fn linger(mut self) {
        let drained = timeout(LINGER, async {
            let mut left = LINGER_BYTES;
            let mut open = self.stream.shutdown().await.is_ok();
            while open && left > 0 {
                self.input.clear();
                open = self.fill(left).await;
                left -= self.input.len();
            }
        });
        // Whether the peer closed first or we lost patience, nothing is left to be done.
        drained.await.unwrap_or_default();
    }

    /// Gives the stream, to look at.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// Gives the stream to whatever is spoken next, with the bytes that came behind the request's head.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tokio::io::AsyncWriteExt;
    /// # use wire42::net::http::{Connection};
    /// # let (mut peer, stream) = tokio::io::duplex(4096);
    /// # let mut connection = Connection::new(stream);
    /// peer.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\x81\x86").await?;
    /// connection.next_request().await?;
    /// let (_stream, came) = connection.into_upgraded();
    /// assert_eq!(came, [0x81, 0x86]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_upgraded(self) -> (S, Vec<u8>) {
        (self.stream, self.input)
    }

    /// Waits for something other than the empty lines that RFC 9112 §2.2 wants ignored before a request.
    async fn first_byte(&mut self) -> bool {
        loop {
            let blank = self.input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.consume(blank);
            if !self.input.is_empty() {
                return true;
            }
            if !self.fill(READ_CHUNK).await {
                return false;
            }
        }
    }

    /// A head that comes byte by byte is parsed from its beginning each time. That is bounded: 30 ms for all of the
    /// longest head, for which the peer had to send 16 Ki segments.
    async fn read_head(&mut self) -> Result<Option<Request>, RequestError> {
        loop {
            if let Some((request, head)) = Request::parse(&self.input)? {
                self.consume(head);
                return Ok(Some(request));
            }
            if !self.fill(READ_CHUNK).await {
                return Ok(None);
            }
        }
    }

    /// Waits until something has come, and says whether it has: `false` if the peer closed or the connection
    /// broke. Cancel-safe: what is read is in `input` before anything else can happen.
    async fn fill(&mut self, room: usize) -> bool {
        let read = poll_fn(|context| {
            let mut chunk = [MaybeUninit::uninit(); READ_CHUNK];
            let mut chunk = ReadBuf::uninit(&mut chunk[..room.min(READ_CHUNK)]);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut chunk))?;
            self.input.extend_from_slice(chunk.filled());
            Poll::Ready(io::Result::Ok(chunk.filled().len()))
        });
        matches!(read.await, Ok(1..))
    }

    fn consume(&mut self, bytes: usize) {
        self.input.drain(..bytes);
        self.input.shrink_to(KEPT_BUFFER);
    }

    async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match timeout(WRITE_STALL, self.stream.write(bytes)).await?? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => bytes = &bytes[written..],
            }
        }
        timeout(WRITE_STALL, self.stream.flush()).await?
    }
}

#[cfg(test)]
mod tests;
