//! How a body comes in over the socket: with its head, behind it, or after `100 Continue`.
//!
//! ```text
//! peer   POST …, Expect: 100-continue                  4 0
//! we                         HTTP/1.1 100 Continue          decoded as it comes ──> "40"
//!                            └ unless some of it is there already
//! ```

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::super::body::BodyDecoder;
use super::super::error::BodyError;
use super::super::request::Request;
use super::{Connection, READ_CHUNK};
use crate::planted::planted;

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    /// Reads the body of the request that came last, of at most `limit` bytes, and invites the peer to send
    /// it if it waits for that.
    ///
    /// A request whose body nobody reads is the last one on its connection.
    ///
    /// # Errors
    ///
    /// Says why there is no body. [`respond`](Self::respond) to it, and [`linger`](Self::linger).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tokio::io::AsyncWriteExt;
    /// # use wire42::net::http::{Connection};
    /// # let (mut peer, stream) = tokio::io::duplex(4096);
    /// # let mut connection = Connection::new(stream);
    /// peer.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n40").await?;
    /// let request = connection.next_request().await?.expect("a peer that speaks");
    /// assert_eq!(connection.read_body(&request, 1_000_000).await?, b"40");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read_body(&mut self, request: &Request, limit: usize) -> Result<Vec<u8>, BodyError> {
        self.read_body_while(request, limit, |_| true).await
    }

    /// Does the same, as long as there is room for what has come: `has_room` is asked with the bytes that are held, and
    /// without it the body is refused ([`BodyError::NoRoom`]).
    ///
    /// # Errors
    ///
    /// As [`read_body`](Self::read_body).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tokio::io::AsyncWriteExt;
    /// # use wire42::net::http::{BodyError, Connection};
    /// # let (mut peer, stream) = tokio::io::duplex(4096);
    /// # let mut connection = Connection::new(stream);
    /// peer.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n42[\"a").await?;
    /// let request = connection.next_request().await?.expect("a peer that speaks");
    /// let body = connection.read_body_while(&request, 1_000_000, |held| held < 5).await;
    /// assert_eq!(body, Err(BodyError::NoRoom));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read_body_while(
        &mut self,
        request: &Request,
        limit: usize,
        has_room: impl FnMut(usize) -> bool,
    ) -> Result<Vec<u8>, BodyError> {
        let decoder = BodyDecoder::new(request.body, limit)?;
        // RFC 9110 §10.1.1: a server "MAY omit sending a 100 (Continue) response if it has already received
        // some or all of the content".
        let expects_continue = request.expects_continue && !planted("continue-never-said");
        if expects_continue && self.input.is_empty() && !decoder.is_complete() {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n").await.map_err(|_| BodyError::Gone)?;
        }
        let body = timeout(self.deadlines.body, self.fill_body(decoder, has_room))
            .await
            .unwrap_or(Err(BodyError::Timeout))?;
        self.closing = !request.keep_alive || request.asks_upgrade;
        Ok(body)
    }

    /// Gives the body of the request that came last, if all of it came along with the head and nothing is wrong with it;
    /// otherwise it must still be [read](Self::read_body).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tokio::io::AsyncWriteExt;
    /// # use wire42::net::http::{Connection};
    /// # let (mut peer, stream) = tokio::io::duplex(4096);
    /// # let mut connection = Connection::new(stream);
    /// peer.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n40").await?;
    /// let request = connection.next_request().await?.expect("a peer that speaks");
    /// assert_eq!(connection.body_at_hand(&request, 1_000_000), Some(b"40".to_vec()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn body_at_hand(&mut self, request: &Request, limit: usize) -> Option<Vec<u8>> {
        let mut decoder = BodyDecoder::new(request.body, limit).ok()?;
        let used = decoder.feed(&self.input).ok()?;
        if !decoder.is_complete() {
            return None;
        }
        self.consume(used);
        self.closing = !request.keep_alive || request.asks_upgrade;
        Some(decoder.into_body())
    }

    async fn fill_body(
        &mut self,
        mut decoder: BodyDecoder,
        mut has_room: impl FnMut(usize) -> bool,
    ) -> Result<Vec<u8>, BodyError> {
        loop {
            let used = decoder.feed(&self.input)?;
            self.consume(used);
            if !has_room(decoder.len()) {
                return Err(BodyError::NoRoom);
            }
            if decoder.is_complete() {
                return Ok(decoder.into_body());
            }
            if !self.fill(READ_CHUNK).await {
                let is_enough = planted("half-a-body-counts");
                return if is_enough { Ok(decoder.into_body()) } else { Err(BodyError::Gone) };
            }
        }
    }
}
