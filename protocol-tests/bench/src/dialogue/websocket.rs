//! A client that begins with a WebSocket.
//!
//! ```text
//! GET /socket.io/?EIO=4&transport=websocket
//!                                             101 Switching Protocols
//!                                             0{"sid":…}
//! 40
//!                                             40{"sid":…}         or, to whom the server would have back,
//!                                             40{"sid":…,"pid":…}
//! ```
//!
//! Who comes back says `40{"pid":…,"offset":…}`, and hears what it missed, and an answer whose `sid` is the old one. Which is
//! first, is the server's choice; the client has arrived when it has both:
//!
//! ```text
//! 42["message",[…],"18"]   40{"sid":…,"pid":…}          the reference
//! 40{"sid":…,"pid":…}   42["message",[…],"18"]          wire42
//! ```

use std::io;

use memchr::memmem;
use mio::Registry;
use mio::event::Event;
use mio::net::TcpStream;

use super::{Desk, Dialogue, unexpected};
use crate::card::Card;
use crate::decoder::Decoder;
use crate::frame::{Opcode, write_masked};
use crate::line::Line;
use crate::message::number_in;

/// Such a client on its way in.
#[derive(Debug)]
pub struct WebSocket {
    line: Line,
    stage: Stage,
    decoder: Decoder,
    /// With which it comes back; then with which it may.
    card: Option<Card>,
    /// The newest message, if it comes back.
    newest: Option<u32>,
    is_recovered: bool,
    missed: Vec<u32>,
}

#[derive(Debug)]
enum Stage {
    /// What has come of the head of the answer.
    Handshake(Vec<u8>),
    Open,
    Connect,
    Joined,
}

/// A client that has joined: its WebSocket, and what came of the next frame.
#[derive(Debug)]
pub struct Joined {
    /// Out of any loop.
    pub stream: TcpStream,
    /// The bytes behind the answer to the CONNECT have gone through it.
    pub decoder: Decoder,
    /// To come back with, if the server gave one.
    pub card: Option<Card>,
    /// It came back as who it was.
    pub is_recovered: bool,
    /// The messages it heard until now, if it came back.
    pub missed: Vec<u32>,
}

impl Joined {
    /// Makes a client that has nothing but its connection.
    pub fn over(stream: TcpStream) -> Self {
        Self { stream, decoder: Decoder::default(), card: None, is_recovered: false, missed: Vec::new() }
    }
}

impl Dialogue for WebSocket {
    type Arrived = Joined;

    fn begin(desk: Desk<'_>) -> io::Result<Self> {
        Self::come(desk, None, 0)
    }

    fn advance(&mut self, _: usize, event: &Event, _: Desk<'_>, buffer: &mut [u8]) -> io::Result<bool> {
        self.line.greet(event)?;
        while let len @ 1.. = self.line.read(buffer)? {
            self.hear(&buffer[..len])?;
        }
        let has_newest = !self.is_recovered || self.missed.last() >= self.newest.as_ref();
        Ok(matches!(self.stage, Stage::Joined) && has_newest)
    }

    fn finish(self, registry: &Registry) -> io::Result<Joined> {
        Ok(Joined {
            stream: self.line.leave(registry)?,
            decoder: self.decoder,
            card: self.card,
            is_recovered: self.is_recovered,
            missed: self.missed,
        })
    }
}

impl WebSocket {
    /// Opens the connection of a client that was there before, if it has a card: once it is known again, it waits for `newest`.
    ///
    /// # Errors
    ///
    /// No descriptor or no port is left.
    pub fn come(desk: Desk<'_>, card: Option<Card>, newest: u32) -> io::Result<Self> {
        let line = desk.open(0, upgrade_request(desk.route.port, ""))?;
        let (stage, decoder) = (Stage::Handshake(Vec::new()), Decoder::default());
        let newest = card.as_ref().map(|_| newest);
        Ok(Self { line, stage, decoder, card, newest, is_recovered: false, missed: Vec::new() })
    }

    fn hear(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Stage::Handshake(head) = &mut self.stage {
            head.extend_from_slice(bytes);
            let Some(frames) = after_handshake(head)? else { return Ok(()) };
            self.stage = Stage::Open;
            return self.hear(&frames);
        }
        let mut bytes = bytes;
        while let Some(frame) = self.decoder.next(&mut bytes) {
            match (&self.stage, frame.payload) {
                (Stage::Open, [b'0', ..]) => {
                    let connect = self.card.as_ref().map_or_else(|| b"40".to_vec(), Card::connect);
                    say(&mut self.line, &connect)?;
                    self.stage = Stage::Connect;
                }
                // One of the peers pings newcomers at once.
                (_, b"2") => say(&mut self.line, b"3")?,
                (Stage::Connect, answer @ [b'4', b'0', ..]) => {
                    self.stage = Stage::Joined;
                    (self.card, self.is_recovered) = Card::after(answer, self.card.take());
                }
                // What the application says to a newcomer comes behind the answer, or before it.
                (Stage::Connect | Stage::Joined, event @ [b'4', b'2', ..]) => {
                    if let Some(card) = &mut self.card {
                        card.stamp(event);
                    }
                    if self.newest.is_some() {
                        self.missed.extend(number_in(event));
                    }
                }
                (stage, payload) => return Err(unexpected(&format!("the packet after {stage:?}"), payload)),
            }
        }
        Ok(())
    }
}

/// Sends a packet.
pub(super) fn say(websocket: &mut Line, packet: &[u8]) -> io::Result<()> {
    let mut frame = Vec::new();
    write_masked(&mut frame, Opcode::TEXT, packet);
    websocket.send(&frame)
}

/// Writes a request for a WebSocket; `sid` is empty or `&sid=…`.
pub fn upgrade_request(port: u16, sid: &str) -> Vec<u8> {
    format!(
        "GET /socket.io/?EIO=4&transport=websocket{sid} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    )
    .into()
}

/// Gives what comes behind the head of the answer, once that is whole.
///
/// # Errors
///
/// The answer is not 101.
pub fn after_handshake(head: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let Some(end) = memmem::find(head, b"\r\n\r\n") else { return Ok(None) };
    if !head.starts_with(b"HTTP/1.1 101 ") {
        return Err(unexpected("101 Switching Protocols", head));
    }
    Ok(Some(head[end + 4..].to_vec()))
}

/// The key of RFC 6455, 1.3, for everyone: its answer is a constant of the floor.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
