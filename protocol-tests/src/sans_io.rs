//! Our own server's core as a target, in virtual time: no socket, no clock, and never a wait.
//!
//! ```text
//! request ── bytes ──> wire42's HTTP parser ──> Site::route ──> Guest ──> Answer ── bytes ──> Response
//! pump               time jumps to the next deadline of any session
//! ```
//!
//! What stands between a socket and the core in the server, its tasks, is played here in a few lines, one thing after
//! another. What only a wire has (frames, half-closed connections, full buffers) is left to the live play.

mod exchange;
mod server;

use std::collections::VecDeque;
use std::mem;
use std::time::Duration;

use wire42::net::{AppConfig, Config};

use crate::packet::Content;
use crate::target::{Act, Closing, Event, Happening, Link, Opening, Outgoing, Request, Target};
use server::Server;

/// The core of a server, and the links to it.
pub struct SansIo {
    now: Duration,
    server: Server,
    inboxes: Vec<VecDeque<Event>>,
    /// Something came since the last pump.
    is_fresh: bool,
}

impl SansIo {
    /// Starts a server of this configuration at time zero.
    pub fn new(config: Config) -> SansIo {
        SansIo { now: Duration::ZERO, server: Server::new(config), inboxes: Vec::new(), is_fresh: false }
    }

    /// Names an application by the profile that it serves.
    pub fn app(name: &str) -> Option<AppConfig> {
        match name {
            "echo" => Some(AppConfig::Echo),
            "engine-echo" => Some(AppConfig::EngineEcho),
            _ => None,
        }
    }

    fn link(&mut self) -> Link {
        self.inboxes.push(VecDeque::new());
        Link(self.inboxes.len() - 1)
    }

    /// Hands out what the server has said.
    fn deliver(&mut self) {
        for (link, what) in self.server.said() {
            self.arrive(link, what);
        }
    }

    fn arrive(&mut self, link: Link, what: Happening) {
        self.inboxes[link.0].push_back(Event { at: self.now, what });
        self.is_fresh = true;
    }
}

impl Target for SansIo {
    fn now(&self) -> Duration {
        self.now
    }

    fn pump(&mut self, until: Duration) -> bool {
        let mut wakes = 0;
        loop {
            self.deliver();
            if mem::take(&mut self.is_fresh) {
                return true;
            }
            match self.server.deadline() {
                Some(deadline) if deadline <= until => {
                    wakes = if deadline > self.now { 0 } else { wakes + 1 };
                    assert!(wakes < WAKES, "the core wants to be woken again and again, and does nothing");
                    self.now = self.now.max(deadline);
                    self.server.pass_time(self.now);
                }
                _ => {
                    self.now = self.now.max(until);
                    return false;
                }
            }
        }
    }

    fn is_live(&self) -> bool {
        false
    }

    fn request(&mut self, request: &Request) -> Link {
        let link = self.link();
        self.server.request(link, &exchange::write_request(request), self.now);
        self.deliver();
        link
    }

    fn open(&mut self, opening: &Opening) -> Link {
        let link = self.link();
        self.server.request(link, &exchange::write_opening(opening), self.now);
        self.deliver();
        link
    }

    fn connect(&mut self) -> Link {
        unreachable!("a case that speaks TCP is live")
    }

    fn send(&mut self, link: Link, what: Outgoing<'_>) {
        match what {
            Outgoing::Messages(messages) => {
                for message in messages {
                    match message {
                        Content::Text(text) => self.server.text(link, text, self.now),
                        Content::Binary(bytes) => self.server.binary(link, bytes, self.now),
                    }
                }
            }
            Outgoing::Frames(_) | Outgoing::Bytes(_) => {
                unreachable!("a case that makes its own frames is live")
            }
        }
        self.deliver();
    }

    fn act(&mut self, link: Link, act: Act) {
        match act {
            Act::Drop => {
                self.server.drop_link(link, self.now);
            }
            // RFC 6455 §5.5.1: the close frame comes back with its code, and that was all.
            Act::Close(code) if self.server.drop_link(link, self.now) => {
                let payload = code.map_or_else(Vec::new, |code| code.to_be_bytes().to_vec());
                let closed = Closing { code, how: "close frame".to_owned() };
                self.arrive(link, Happening::Control(8, payload));
                self.arrive(link, Happening::Closed(closed));
            }
            Act::Close(_) => {}
            Act::HalfClose | Act::Pause | Act::Resume => unreachable!("a case that needs a socket is live"),
        }
        self.deliver();
    }

    fn event(&mut self, link: Link) -> Option<Event> {
        self.inboxes[link.0].pop_front()
    }
}

/// Wakes at one moment that come to nothing: some deadlines may fall together, and more of them are a core that would
/// keep a processor busy, and this play for ever.
const WAKES: usize = 1_000;
