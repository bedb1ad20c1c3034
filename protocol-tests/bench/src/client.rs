//! One client that has joined: its WebSocket and what it has heard.
//!
//! ```text
//! 42["message",[… #00000007# …]]   Delivery
//! 437[{"ok":true}]                 Answer
//! 2                                3
//! ping                             pong
//! 1, 41, close, the end            Closed
//! ```

use std::io::{self, Read, Write};
use std::time::Duration;

use mio::event::{Event, Source};
use mio::net::TcpStream;
use socket2::SockRef;

use crate::card::Card;
use crate::crowd::Heard;
use crate::decoder::{Decoder, Frame};
use crate::dialogue::Joined;
use crate::ear::{Ear, Order};
use crate::frame::{Opcode, write_masked};
use crate::message::{Ack, number_in};

/// A client, on the way to hear all messages from its first.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    decoder: Decoder,
    /// What the socket did not take yet.
    unsent: Vec<u8>,
    ear: Ear,
    /// To come back with; most servers give none.
    card: Option<Card>,
    bytes: u64,
    present: bool,
}

/// What one client tells; its crowd says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It got a message.
    Delivery {
        /// Which.
        number: u32,
        /// Where that stands.
        order: Order,
    },
    /// A message of its own was stored, or was not.
    Answer(Ack),
    /// The server let it go, and this is what it has heard.
    Closed(Ear),
}

impl Told {
    /// Says who.
    pub fn by(self, client: usize) -> Heard {
        match self {
            Self::Delivery { number, order } => Heard::Delivery { client, number, order },
            Self::Answer(ack) => Heard::Answer { client, ack },
            Self::Closed(ear) => Heard::Closed { client, ear },
        }
    }
}

impl Client {
    /// Makes a client that has joined before message `next` is said.
    pub fn new(joined: Joined, next: u32) -> Self {
        let Joined { stream, decoder, card, .. } = joined;
        Self { stream, decoder, unsent: Vec::new(), ear: Ear::from(next), card, bytes: 0, present: true }
    }

    /// Loses its connection, and gives what it may come back with.
    pub fn hang_up(self) -> Option<Card> {
        // By a reset: what closes with a farewell keeps its port for a minute, and there are ports for one storm or two. A socket
        // that refuses this closes all the same.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        self.card
    }

    /// Sends what it can, and the rest when the socket takes more.
    ///
    /// # Errors
    ///
    /// The connection ended.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.unsent.extend_from_slice(bytes);
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(len) => drop(self.unsent.drain(..len)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Does what its socket allows now.
    ///
    /// # Errors
    ///
    /// The server sends what is no Engine.IO over WebSocket.
    pub fn ready(&mut self, event: &Event, buffer: &mut [u8], mut tell: impl FnMut(Told)) -> io::Result<()> {
        if event.is_writable() && !self.unsent.is_empty() && self.send(&[]).is_err() {
            self.leave(&mut tell);
        }
        while event.is_readable() && self.present {
            let len = match self.stream.read(buffer) {
                Ok(len @ 1..) => len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(_) | Err(_) => {
                    self.leave(&mut tell);
                    break;
                }
            };
            self.bytes += len as u64;
            self.hear(&buffer[..len], &mut tell)?;
            // epoll(7): less than was asked for is all that there is; what comes later is an event of its own.
            if len < buffer.len() && !event.is_read_closed() {
                break;
            }
        }
        Ok(())
    }

    /// Gives what a loop waits for.
    pub fn source(&mut self) -> &mut impl Source {
        &mut self.stream
    }

    /// Says whether the server has not let it go.
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// Counts the bytes that it has read.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn hear(&mut self, mut bytes: &[u8], tell: &mut impl FnMut(Told)) -> io::Result<()> {
        let mut answers = Vec::new();
        let mut over = false;
        while let Some(frame) = self.decoder.next(&mut bytes) {
            match (frame.opcode, frame.payload) {
                (Opcode::TEXT, [b'4', b'2', ..]) if frame.fin => {
                    if let Some(card) = &mut self.card {
                        card.stamp(frame.payload);
                    }
                    if let Some(number) = number_in(frame.payload)
                        && let Some(order) = self.ear.hear(number)
                    {
                        tell(Told::Delivery { number, order });
                    }
                }
                (Opcode::TEXT, [b'4', b'3', ..]) if frame.fin => {
                    tell(Told::Answer(Ack::read(frame.payload).ok_or_else(|| strange(frame))?));
                }
                (Opcode::TEXT, b"2") => write_masked(&mut answers, Opcode::TEXT, b"3"),
                (Opcode::PING, payload) => write_masked(&mut answers, Opcode::PONG, payload),
                (Opcode::PONG, _) => {}
                (Opcode::CLOSE, _) | (Opcode::TEXT, b"1" | b"41") => over = true,
                _ => return Err(strange(frame)),
            }
        }
        if over || (!answers.is_empty() && self.send(&answers).is_err()) {
            self.leave(tell);
        }
        Ok(())
    }

    fn leave(&mut self, tell: &mut impl FnMut(Told)) {
        if std::mem::take(&mut self.present) {
            tell(Told::Closed(self.ear));
        }
    }
}

fn strange(frame: Frame<'_>) -> io::Error {
    let payload = String::from_utf8_lossy(&frame.payload[..frame.payload.len().min(100)]);
    io::Error::other(format!("a frame of opcode {}, fin {}: {payload:?}", frame.opcode.0, frame.fin))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::Duration;

    use mio::{Events, Interest, Poll, Token};

    use super::*;
    use crate::frame::write_plain;
    use crate::message::write_message;

    #[test]
    fn an_end_that_comes_along_with_the_last_message_is_told() {
        let (mut packet, mut frame) = (Vec::new(), Vec::new());
        write_message(&mut packet, 7, 40);
        write_plain(&mut frame, Opcode::TEXT, &packet);
        let (mut client, mut server) = pair(7);
        server.write_all(&frame).unwrap();
        drop(server);

        let told = one_event(&mut client);

        let mut ear = Ear::from(7);
        ear.hear(7);
        assert_eq!(told, [Told::Delivery { number: 7, order: Order::Ahead }, Told::Closed(ear)]);
    }

    #[test]
    fn pings_of_both_protocols_are_answered() {
        let mut frames = Vec::new();
        write_plain(&mut frames, Opcode::PING, b"abc");
        write_plain(&mut frames, Opcode::TEXT, b"2");
        let (mut client, mut server) = pair(1);
        server.write_all(&frames).unwrap();

        let told = one_event(&mut client);

        let mut expected = Vec::new();
        write_masked(&mut expected, Opcode::PONG, b"abc");
        write_masked(&mut expected, Opcode::TEXT, b"3");
        let mut answers = vec![0; expected.len()];
        server.read_exact(&mut answers).unwrap();
        assert_eq!((told, answers), (vec![], expected));
    }

    #[test]
    fn an_answer_is_told_with_what_it_says() {
        let mut frame = Vec::new();
        write_plain(&mut frame, Opcode::TEXT, br#"437[{"error":"there is no space left for messages"}]"#);
        let (mut client, mut server) = pair(1);
        server.write_all(&frame).unwrap();

        assert_eq!(one_event(&mut client), [Told::Answer(Ack { number: 7, stored: false })]);
    }

    #[test]
    fn what_is_no_engine_io_is_an_error() {
        let (mut client, _server) = pair(1);

        assert!(client.hear(b"\x82\x01x", &mut |_| {}).is_err());
    }

    fn pair(first: u32) -> (Client, std::net::TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        stream.set_nonblocking(true).unwrap();
        let joined = Joined::over(TcpStream::from_std(stream));
        let server = listener.accept().unwrap().0;
        server.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        (Client::new(joined, first), server)
    }

    fn one_event(client: &mut Client) -> Vec<Told> {
        let (mut poll, mut events, mut told) = (Poll::new().unwrap(), Events::with_capacity(1), Vec::new());
        poll.registry().register(client.source(), Token(0), Interest::READABLE).unwrap();
        poll.poll(&mut events, Some(Duration::from_secs(3))).unwrap();
        client.ready(events.iter().next().unwrap(), &mut [0; 1_024], |what| told.push(what)).unwrap();
        told
    }
}
