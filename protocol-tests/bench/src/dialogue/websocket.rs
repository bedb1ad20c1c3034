//! A client that begins with a WebSocket.
//!
//! ```text
//! GET /socket.io/?EIO=4&transport=websocket
//!                                             101 Switching Protocols
//!                                             0{"sid":…}
//! 40
//!                                             40{"sid":…}
//! ```

use std::io;

use memchr::memmem;
use mio::Registry;
use mio::event::Event;
use mio::net::TcpStream;

use super::{Desk, Dialogue, unexpected};
use crate::decoder::Decoder;
use crate::frame::{Opcode, write_masked};
use crate::line::Line;

/// Such a client on its way in.
#[derive(Debug)]
pub struct WebSocket {
    line: Line,
    stage: Stage,
    decoder: Decoder,
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
}

impl Dialogue for WebSocket {
    type Arrived = Joined;

    fn begin(desk: Desk<'_>) -> io::Result<Self> {
        let line = desk.open(0, upgrade_request(desk.route.port, ""))?;
        Ok(Self { line, stage: Stage::Handshake(Vec::new()), decoder: Decoder::default() })
    }

    fn advance(&mut self, _: usize, event: &Event, _: Desk<'_>, buffer: &mut [u8]) -> io::Result<bool> {
        self.line.greet(event)?;
        while let len @ 1.. = self.line.read(buffer)? {
            self.hear(&buffer[..len])?;
        }
        Ok(matches!(self.stage, Stage::Joined))
    }

    fn finish(self, registry: &Registry) -> io::Result<Joined> {
        Ok(Joined { stream: self.line.leave(registry)?, decoder: self.decoder })
    }
}

impl WebSocket {
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
                    say(&mut self.line, b"40")?;
                    self.stage = Stage::Connect;
                }
                // One of the peers pings newcomers at once.
                (_, b"2") => say(&mut self.line, b"3")?,
                (Stage::Connect, [b'4', b'0', ..]) => self.stage = Stage::Joined,
                // What the application says to a newcomer comes behind the answer, or before it.
                (Stage::Connect | Stage::Joined, [b'4', b'2', ..]) => {}
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
