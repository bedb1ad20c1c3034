//! The stock client with its default settings: it polls, and moves to a WebSocket.
//!
//! ```text
//! polls                       posts            WebSocket
//! GET             0{"sid":…}
//! GET (held)                  POST 40   ok     GET &sid=…      101
//!                 40{"sid":…}                  2probe          3probe
//! GET (held)      6                            5               once no poll is held
//! ```
//!
//! A browser, and Node, use a connection for each request that is on its way; so three.

use std::io;

use mio::Registry;
use mio::event::Event;
use mio::net::TcpStream;

use super::polling::{get, joined, post, sid};
use super::websocket::{after_handshake, say, upgrade_request};
use super::{Desk, Dialogue, unexpected};
use crate::decoder::Decoder;
use crate::http::Answers;
use crate::line::Line;

/// Such a client on its way in.
#[derive(Debug)]
pub struct Upgrade {
    polls: Line,
    polled: Answers,
    /// None, until the session is open.
    carriers: Option<Carriers>,
    /// The CONNECT was answered, on whatever carrier.
    joined: bool,
}

/// What an open session has beside its polls.
#[derive(Debug)]
struct Carriers {
    sid: String,
    poll_held: bool,
    posts: Line,
    posted: Answers,
    post_answered: bool,
    websocket: Line,
    decoder: Decoder,
    probe: Probe,
}

#[derive(Debug)]
enum Probe {
    /// What has come of the head of the answer.
    Handshake(Vec<u8>),
    Sent,
    Answered,
    Upgraded,
}

impl Dialogue for Upgrade {
    type Arrived = TcpStream;

    fn begin(desk: Desk<'_>) -> io::Result<Self> {
        let polls = desk.open(POLLS, get(desk.route.port, ""))?;
        Ok(Self { polls, polled: Answers::default(), carriers: None, joined: false })
    }

    fn advance(&mut self, line: usize, event: &Event, desk: Desk<'_>, buffer: &mut [u8]) -> io::Result<bool> {
        match (line, &mut self.carriers) {
            (POLLS, _) => self.hear_poll(event, desk, buffer)?,
            (POSTS, Some(carriers)) => carriers.hear_post(event, buffer)?,
            (WEBSOCKET, Some(carriers)) => self.joined |= carriers.hear_websocket(event, buffer)?,
            _ => {}
        }
        let Some(carriers) = &mut self.carriers else { return Ok(false) };
        carriers.move_over()?;
        Ok(self.joined && matches!(carriers.probe, Probe::Upgraded))
    }

    fn finish(self, registry: &Registry) -> io::Result<TcpStream> {
        self.carriers.expect("it has arrived").websocket.leave(registry)
    }
}

impl Upgrade {
    fn hear_poll(&mut self, event: &Event, desk: Desk<'_>, buffer: &mut [u8]) -> io::Result<()> {
        self.polls.greet(event)?;
        while let len @ 1.. = self.polls.read(buffer)? {
            self.polled.push(&buffer[..len]);
        }
        let Some(body) = self.polled.take()? else { return Ok(()) };
        let Some(carriers) = &mut self.carriers else {
            let carriers = self.carriers.insert(Carriers::open(&sid(&body)?, desk)?);
            return self.polls.send(&get(desk.route.port, &carriers.sid));
        };
        self.joined |= joined(&body);
        carriers.poll_held = !matches!(carriers.probe, Probe::Answered);
        if carriers.poll_held {
            self.polls.send(&get(desk.route.port, &carriers.sid))?;
        }
        Ok(())
    }
}

impl Carriers {
    fn open(sid: &str, desk: Desk<'_>) -> io::Result<Self> {
        Ok(Self {
            sid: sid.to_owned(),
            poll_held: true,
            posts: desk.open(POSTS, post(desk.route.port, sid, "40"))?,
            posted: Answers::default(),
            post_answered: false,
            websocket: desk.open(WEBSOCKET, upgrade_request(desk.route.port, sid))?,
            decoder: Decoder::default(),
            probe: Probe::Handshake(Vec::new()),
        })
    }

    fn hear_post(&mut self, event: &Event, buffer: &mut [u8]) -> io::Result<()> {
        self.posts.greet(event)?;
        while let len @ 1.. = self.posts.read(buffer)? {
            self.posted.push(&buffer[..len]);
        }
        self.post_answered |= self.posted.take()?.is_some();
        Ok(())
    }

    /// Says whether the CONNECT was answered.
    fn hear_websocket(&mut self, event: &Event, buffer: &mut [u8]) -> io::Result<bool> {
        self.websocket.greet(event)?;
        let mut joined = false;
        while let len @ 1.. = self.websocket.read(buffer)? {
            let mut bytes = &buffer[..len];
            let behind;
            if let Probe::Handshake(head) = &mut self.probe {
                head.extend_from_slice(bytes);
                let Some(frames) = after_handshake(head)? else { continue };
                behind = frames;
                bytes = &behind;
                say(&mut self.websocket, b"2probe")?;
                self.probe = Probe::Sent;
            }
            while let Some(frame) = self.decoder.next(&mut bytes) {
                match (&self.probe, frame.payload) {
                    (Probe::Sent, b"3probe") => self.probe = Probe::Answered,
                    (Probe::Upgraded, [b'4', b'0', ..]) => joined = true,
                    (Probe::Upgraded, [b'4', b'2', ..] | b"6") => {}
                    // One of the peers pings newcomers at once.
                    (Probe::Upgraded, b"2") => say(&mut self.websocket, b"3")?,
                    (probe, payload) => {
                        return Err(unexpected(&format!("the packet after {probe:?}"), payload));
                    }
                }
            }
        }
        Ok(joined)
    }

    /// The stock client upgrades when no request is on its way.
    fn move_over(&mut self) -> io::Result<()> {
        if matches!(self.probe, Probe::Answered) && !self.poll_held && self.post_answered {
            say(&mut self.websocket, b"5")?;
            self.probe = Probe::Upgraded;
        }
        Ok(())
    }
}

const POLLS: usize = 0;
const POSTS: usize = 1;
const WEBSOCKET: usize = 2;
