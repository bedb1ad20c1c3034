//! One TCP connection of the live play, and what is spoken on it.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use data_encoding::BASE64;
use sha1::{Digest as _, Sha1};

use super::frames::{self, Incoming};
use super::http::{self, Answer};
use super::pipe::Pipe;
use crate::target::{Closing, Event, Frame, Happening, Response};

/// A connection, or what is left of it.
pub(super) struct Line {
    pipe: Option<Pipe>,
    speaks: Speaks,
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
    pub(super) fn new(pipe: std::io::Result<Pipe>, speaks: Speaks) -> Line {
        let (pipe, ended) = match pipe {
            Ok(pipe) => (Some(pipe), None),
            Err(error) => (None, Some(format!("no connection: {error}"))),
        };
        Line {
            pipe,
            speaks,
            received: Vec::new(),
            paused: false,
            ended,
            code: None,
            told: false,
            events: VecDeque::new(),
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        if let Some(pipe) = &mut self.pipe {
            pipe.write(bytes);
        }
    }

    pub(super) fn flush(&mut self) {
        if let Some(pipe) = &mut self.pipe {
            pipe.flush();
        }
    }

    pub(super) fn has_unsent(&self) -> bool {
        self.pipe.as_ref().is_some_and(Pipe::has_unsent)
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
        if let Some(pipe) = &mut self.pipe {
            pipe.half_close();
        }
    }

    /// Ends the connection without a word.
    pub(super) fn drop_connection(&mut self) {
        self.pipe = None;
        self.ended.get_or_insert_with(|| "dropped by the client".to_owned());
        self.told = true;
    }

    /// Reads what has come; tells whether there is something new to look at.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, now: Duration) -> Poll<()> {
        let before = self.events.len();
        if let (Some(pipe), false, None) = (&mut self.pipe, self.paused, &self.ended)
            && let Poll::Ready(how) = pipe.read(context, &mut self.received)
        {
            self.ended = Some(how);
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
            self.pipe = None;
        }
    }

    /// Looks for the answer to a request; after it the connection is done with.
    fn answer(&mut self, method: &str) -> Option<Happening> {
        if self.told {
            return None;
        }
        match http::read(&self.received, method, self.ended.is_some()) {
            Answer::Complete(response, _) => {
                self.pipe = None;
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
                self.pipe = None;
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
