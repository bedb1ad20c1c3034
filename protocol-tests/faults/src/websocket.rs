//! A WebSocket from the client's side, read when it is asked to.

use std::io;
use std::time::{Duration, Instant};

use wire42_bench::decoder::Decoder;
use wire42_bench::dialogue::{after_handshake, upgrade_request};
use wire42_bench::frame::{Opcode, write_masked};

use crate::link::{Link, STUCK};

/// A connection behind its 101.
#[derive(Debug)]
pub struct WebSocket {
    /// For what no well-behaved client does.
    pub link: Link,
    decoder: Decoder,
    /// Bytes behind the frame that was heard last.
    unread: Vec<u8>,
}

impl WebSocket {
    /// Shakes hands; `sid` is empty or `&sid=…`.
    ///
    /// # Errors
    ///
    /// The server does not want to, or not in time.
    pub fn shake_hands(mut link: Link, port: u16, sid: &str) -> io::Result<Self> {
        link.write(&upgrade_request(port, sid))?;
        Self::behind_request(link)
    }

    /// Waits for the 101; the request was sent.
    ///
    /// # Errors
    ///
    /// It is another answer, or none in time.
    pub fn behind_request(link: Link) -> io::Result<Self> {
        Self::answered_within(link, STUCK).map_err(|(_, error)| error)
    }

    /// Waits for the 101 for so long.
    ///
    /// # Errors
    ///
    /// It did not come: the link, which still waits for it, and why.
    pub fn answered_within(mut link: Link, time: Duration) -> Result<Self, (Link, io::Error)> {
        let (by, mut head, mut chunk) = (Instant::now() + time, Vec::new(), [0; 1_024]);
        loop {
            match after_handshake(&head) {
                Ok(Some(unread)) => return Ok(Self { link, decoder: Decoder::default(), unread }),
                Ok(None) => {}
                Err(error) => return Err((link, error)),
            }
            match link.read(&mut chunk, by) {
                Ok(0) => return Err((link, io::ErrorKind::UnexpectedEof.into())),
                Ok(len) => head.extend_from_slice(&chunk[..len]),
                Err(error) => return Err((link, error)),
            }
        }
    }

    /// Opens a session and joins `/`.
    ///
    /// # Errors
    ///
    /// The server does not let it.
    pub fn join(link: Link, port: u16) -> io::Result<Self> {
        let mut websocket = Self::shake_hands(link, port, "")?;
        websocket.hear_that("an open packet", |packet| packet.starts_with(b"0"))?;
        websocket.say(b"40")?;
        websocket.hear_that("an answer to CONNECT", |packet| packet.starts_with(b"40"))?;
        Ok(websocket)
    }

    /// Sends a packet.
    ///
    /// # Errors
    ///
    /// The connection ended.
    pub fn say(&mut self, packet: &[u8]) -> io::Result<()> {
        let mut frame = Vec::new();
        write_masked(&mut frame, Opcode::TEXT, packet);
        self.link.write(&frame)
    }

    /// Gives the next packet, of a long one the two ends; nothing when the time is up. Heartbeats are answered.
    ///
    /// # Errors
    ///
    /// The server ended it.
    pub fn hear(&mut self, by: Instant) -> io::Result<Option<Vec<u8>>> {
        loop {
            match self.frame(by)? {
                None => return Ok(None),
                Some((Opcode::TEXT, packet)) if packet == b"2" => self.say(b"3")?,
                Some((Opcode::TEXT, packet)) if packet == b"1" || packet == b"41" => {
                    return Err(closed("a packet"));
                }
                Some((Opcode::TEXT, packet)) => return Ok(Some(packet)),
                Some((Opcode::CLOSE, _)) => return Err(closed("a close frame")),
                Some(_) => {}
            }
        }
    }

    /// Waits for such a packet.
    ///
    /// # Errors
    ///
    /// It does not come.
    pub fn hear_that(&mut self, what: &str, is_it: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
        let by = Instant::now() + STUCK;
        while let Some(packet) = self.hear(by)? {
            if is_it(&packet) {
                return Ok(packet);
            }
        }
        Err(io::Error::other(format!("{what} did not come within {STUCK:?}")))
    }

    /// Waits for a message that was said to everyone.
    ///
    /// # Errors
    ///
    /// It does not come.
    pub fn hear_said(&mut self, text: &str) -> io::Result<()> {
        // Of a long packet only the ends are kept. When it is said, it is the last of the history.
        let end = format!("{}\",\"timeStamp\"", &text[text.len().saturating_sub(40)..]);
        self.hear_that(text, |packet| String::from_utf8_lossy(packet).contains(&end)).map(drop)
    }

    /// Waits for the end; until then it behaves well.
    ///
    /// # Errors
    ///
    /// It does not come in this time.
    pub fn ends_within(&mut self, time: Duration) -> io::Result<()> {
        let by = Instant::now() + time;
        while Instant::now() < by {
            if self.hear(by).is_err() {
                return Ok(());
            }
        }
        Err(io::Error::other(format!("the server holds the WebSocket for more than {time:?}")))
    }

    fn frame(&mut self, by: Instant) -> io::Result<Option<(Opcode, Vec<u8>)>> {
        let mut chunk = [0; 16 * 1024];
        loop {
            let mut rest = &self.unread[..];
            let frame = self.decoder.next(&mut rest).map(|frame| (frame.opcode, frame.payload.to_vec()));
            let used = self.unread.len() - rest.len();
            self.unread.drain(..used);
            if frame.is_some() {
                return Ok(frame);
            }
            match self.link.read(&mut chunk, by) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(len) => self.unread.extend_from_slice(&chunk[..len]),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

fn closed(how: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("the server ended it by {how}"))
}
