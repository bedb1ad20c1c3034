//! One TCP connection of the live play, and what is spoken on it.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::task::{Context, Poll};
use std::time::Duration;

use data_encoding::BASE64;
use sha1::{Digest as _, Sha1};

use super::frames::{self, Incoming};
use super::http::{self, Answer};
use crate::target::{Closing, Event, Frame, Happening, Response};

/// A connection, or what is left of it.
pub(super) struct Line {
    reader: Option<tokio::net::TcpStream>,
    writer: Option<TcpStream>,
    speaks: Speaks,
    unsent: Vec<u8>,
    received: Vec<u8>,
    pub(super) paused: bool,
    ended: Option<String>,
    code: Option<u16>,
    told: bool,
    pub(super) events: VecDeque<Event>,
}

/// What the bytes of a connection are.
pub(super) enum Speaks {
    /// The answer to a request with this method.
    Http(String),
    /// A WebSocket whose handshake with this key is not answered yet.
    Handshake { key: String },
    /// A WebSocket.
    Frames(frames::Reader),
    /// Nothing that is known here.
    Bytes,
}

impl Line {
    pub(super) fn new(stream: std::io::Result<TcpStream>, speaks: Speaks) -> Line {
        let parts = stream.and_then(|stream| {
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            Ok((tokio::net::TcpStream::from_std(stream.try_clone()?)?, stream))
        });
        let (reader, writer, ended) = match parts {
            Ok((reader, writer)) => (Some(reader), Some(writer), None),
            Err(error) => (None, None, Some(format!("no connection: {error}"))),
        };
        Line {
            reader,
            writer,
            speaks,
            unsent: Vec::new(),
            received: Vec::new(),
            paused: false,
            ended,
            code: None,
            told: false,
            events: VecDeque::new(),
        }
    }

    /// Writes as much as the connection takes now, and keeps the rest.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.unsent.extend(bytes);
        self.flush();
    }

    pub(super) fn flush(&mut self) {
        let Some(writer) = &mut self.writer else { return self.unsent.clear() };
        while !self.unsent.is_empty() {
            match writer.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // The reader will find out why.
                Err(_) => self.unsent.clear(),
            }
        }
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Writes frames, each with a mask of its own, in one go.
    pub(super) fn write_frames(&mut self, frames: &[Frame]) {
        let mut bytes = Vec::new();
        for frame in frames {
            let mut mask = [0; 4];
            getrandom::fill(&mut mask).expect("the operating system has random numbers");
            bytes.extend(frames::write(frame, mask));
        }
        self.write(&bytes);
    }

    pub(super) fn half_close(&mut self) {
        if let Some(writer) = &self.writer {
            let _already_gone = writer.shutdown(Shutdown::Write);
        }
    }

    /// Ends the connection without a word.
    pub(super) fn drop_connection(&mut self) {
        (self.reader, self.writer) = (None, None);
        self.ended.get_or_insert_with(|| "dropped by the client".to_owned());
        self.told = true;
    }

    /// Reads what has come; tells whether there is something new to look at.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, now: Duration) -> Poll<()> {
        let before = self.events.len();
        while let (Some(reader), false, None) = (&self.reader, self.paused, &self.ended) {
            if reader.poll_read_ready(context).is_pending() {
                break;
            }
            let mut buffer = [0; 16 * 1024];
            match reader.try_read(&mut buffer) {
                Ok(0) => self.ended = Some("the server ended the connection".to_owned()),
                Ok(length) => self.received.extend(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => self.ended = Some(error.to_string()),
            }
        }
        self.interpret(now);
        if self.events.len() > before { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Turns bytes into events.
    fn interpret(&mut self, now: Duration) {
        loop {
            let what = match &mut self.speaks {
                Speaks::Bytes if self.received.is_empty() => None,
                Speaks::Bytes => Some(Happening::Bytes(std::mem::take(&mut self.received))),
                Speaks::Http(method) => {
                    let method = method.clone();
                    self.answer(&method)
                }
                Speaks::Handshake { key } => {
                    let key = key.clone();
                    self.handshake(&key)
                }
                Speaks::Frames(reader) => match reader.next(&mut self.received) {
                    Ok(Some(Incoming::Message(content))) => Some(Happening::Message(content)),
                    Ok(Some(Incoming::Control(opcode, payload))) => Some(self.control(opcode, payload)),
                    Ok(None) => None,
                    Err(why) => {
                        self.ended = Some(format!("the server sent {why}"));
                        self.received.clear();
                        None
                    }
                },
            };
            match what {
                Some(what) if !self.told => self.events.push_back(Event { at: now, what }),
                Some(_) => {}
                None => break,
            }
        }
        if let (Some(how), false) = (&self.ended, self.told) {
            self.told = true;
            let closing = Closing { code: self.code, how: how.clone() };
            self.events.push_back(Event { at: now, what: Happening::Closed(closing) });
            (self.reader, self.writer) = (None, None);
        }
    }

    /// Looks for the answer to a request; after it the connection is done with.
    fn answer(&mut self, method: &str) -> Option<Happening> {
        if self.told {
            return None;
        }
        match http::read(&self.received, method, self.ended.is_some()) {
            Answer::Complete(response, _) => {
                (self.reader, self.writer) = (None, None);
                Some(self.last(Happening::Answer(response)))
            }
            Answer::Partial => None,
            Answer::Broken(why) => {
                self.ended = Some(why);
                None
            }
        }
    }

    /// Makes this the last event of the connection: nothing behind it is of interest, nor how it ends.
    fn last(&mut self, what: Happening) -> Happening {
        self.ended = None;
        self.received.clear();
        self.speaks = Speaks::Bytes;
        what
    }

    fn handshake(&mut self, key: &str) -> Option<Happening> {
        match http::read(&self.received, "GET", self.ended.is_some()) {
            Answer::Complete(response, length) if response.status == 101 => {
                self.received.drain(..length);
                if let Some(why) = refuse(&response, key) {
                    self.ended = Some(why);
                    self.speaks = Speaks::Bytes;
                    self.received.clear();
                } else {
                    self.speaks = Speaks::Frames(frames::Reader::default());
                }
                Some(Happening::Opened(response))
            }
            Answer::Complete(response, _) => {
                (self.reader, self.writer) = (None, None);
                Some(self.last(Happening::Answer(response)))
            }
            Answer::Partial => None,
            Answer::Broken(why) => {
                self.ended = Some(why);
                self.received.clear();
                None
            }
        }
    }

    /// Answers a ping and a close frame, as every client must.
    fn control(&mut self, opcode: u8, payload: Vec<u8>) -> Happening {
        match opcode {
            8 => {
                self.code = payload.get(..2).map(|code| u16::from(code[0]) << 8 | u16::from(code[1]));
                self.write_frames(&[Frame::new(8, payload.get(..2).unwrap_or(&[]))]);
                self.ended = Some("a close frame".to_owned());
            }
            9 => self.write_frames(&[Frame::new(10, &payload)]),
            _ => {}
        }
        Happening::Control(opcode, payload)
    }
}

/// RFC 6455 4.1: what a client must refuse in a 101.
fn refuse(response: &Response, key: &str) -> Option<String> {
    let expected = accept(key);
    let got = response.header("sec-websocket-accept").unwrap_or("");
    (got != expected).then(|| format!("Sec-WebSocket-Accept should be {expected}, is {got:?}"))
}

/// RFC 6455 4.2.2: the accept value is the SHA-1 of the key and a fixed text, in base64.
fn accept(key: &str) -> String {
    BASE64.encode(&Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_accept_value_is_that_of_the_standard() {
        assert_eq!(super::accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
