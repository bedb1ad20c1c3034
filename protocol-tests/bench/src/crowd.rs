//! Clients that have joined, all on one thread: they hear, and some of them speak.
//!
//! ```text
//! turn:  epoll ──┬─ a socket ──> read into one buffer ──> Decoder ──> number ──> Heard::Delivery
//!                │                                           └─ 2, ping ──> 3, pong
//!                └─ the alarm ──> Heard::Alarm
//! ```
//!
//! A delivery costs one `read` and allocates nothing.

use std::io;
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};

use crate::alarm::Alarm;
use crate::card::Card;
use crate::client::Client;
use crate::dialogue::{Joined, WebSocket};
use crate::ear::{Ear, Order};
use crate::frame::{Opcode, write_masked};
use crate::line::Link;
use crate::message::{Ack, write_asking, write_message};
use crate::rush::{Arrivals, Rush};

/// The clients of one server.
#[derive(Debug)]
pub struct Crowd {
    port: u16,
    poll: Poll,
    events: Events,
    alarm: Alarm,
    clients: Vec<Client>,
    /// Takes the reads of all clients.
    buffer: Vec<u8>,
    /// The number of the next message.
    next: u32,
}

/// What a turn tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A client got a message.
    Delivery {
        /// Who.
        client: usize,
        /// Which.
        number: u32,
        /// Where that stands among those the client has heard.
        order: Order,
    },
    /// A client was told what became of a message of its own.
    Answer {
        /// Who.
        client: usize,
        /// Which, and what.
        ack: Ack,
    },
    /// The server let a client go.
    Closed {
        /// Whom.
        client: usize,
        /// What it had heard.
        ear: Ear,
    },
    /// It is time.
    Alarm,
}

impl Crowd {
    /// Opens the loop; nobody is there yet.
    ///
    /// # Errors
    ///
    /// No descriptors are left.
    pub fn new(port: u16) -> io::Result<Self> {
        let poll = Poll::new()?;
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        let (events, buffer) = (Events::with_capacity(EVENTS), vec![0; BUFFER]);
        Ok(Self { port, poll, events, alarm, clients: Vec::new(), buffer, next: 1 })
    }

    /// Lets more clients join, over WebSocket.
    ///
    /// # Errors
    ///
    /// Not all of them could.
    pub fn join(&mut self, clients: usize) -> io::Result<Arrivals> {
        self.join_over(Link::Loopback, clients)
    }

    /// The same, as if over such a link.
    ///
    /// # Errors
    ///
    /// Not all of them could.
    pub fn join_over(&mut self, link: Link, clients: usize) -> io::Result<Arrivals> {
        let rush = Rush {
            port: self.port,
            first: self.clients.len(),
            link,
            clients,
            at_a_time: AT_A_TIME,
            limit: JOIN_LIMIT,
        };
        let mut joined = Vec::with_capacity(clients);
        let arrivals = rush.run::<WebSocket>(|client| joined.push(client))?;
        if arrivals.arrived < clients {
            let why = arrivals.failure.unwrap_or_else(|| format!("after {JOIN_LIMIT:?}"));
            return Err(io::Error::other(format!("{} of {clients} clients joined: {why}", arrivals.arrived)));
        }
        joined.into_iter().try_for_each(|client| self.admit(client))?;
        Ok(arrivals)
    }

    /// Takes a client in that has joined elsewhere.
    ///
    /// # Errors
    ///
    /// It is in another loop.
    pub fn admit(&mut self, client: Joined) -> io::Result<()> {
        self.clients.push(Client::new(client, self.next));
        self.resume(self.clients.len() - 1)
    }

    /// Lets all clients but the first ones hang up, without a word, and gives what they may come back with.
    pub fn hang_up_behind(&mut self, first_ones: usize) -> Vec<Option<Card>> {
        self.clients.drain(first_ones..).map(Client::hang_up).collect()
    }

    /// Lets the first client say the next message, and gives its number.
    ///
    /// # Errors
    ///
    /// The server has let the first client go.
    pub fn say(&mut self, text_len: usize) -> io::Result<u32> {
        let mut packet = Vec::new();
        write_message(&mut packet, self.next, text_len);
        self.send(0, &packet)
    }

    /// Lets a client say the next message and ask what becomes of it, and gives its number.
    ///
    /// # Errors
    ///
    /// The server has let this client go.
    pub fn say_and_ask(&mut self, client: usize, text_len: usize) -> io::Result<u32> {
        let mut packet = Vec::new();
        write_asking(&mut packet, self.next, text_len);
        self.send(client, &packet)
    }

    fn send(&mut self, client: usize, packet: &[u8]) -> io::Result<u32> {
        let mut frame = Vec::new();
        write_masked(&mut frame, Opcode::TEXT, packet);
        self.clients[client].send(&frame)?;
        self.next += 1;
        Ok(self.next - 1)
    }

    /// Waits for something to happen, but no longer than this, and tells all that did.
    ///
    /// # Errors
    ///
    /// The server sends what is no Engine.IO over WebSocket.
    pub fn turn(&mut self, wait: Duration, hear: &mut impl FnMut(Heard)) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &self.events {
            match event.token() {
                ALARM => hear(Heard::Alarm),
                Token(index) => {
                    let client = &mut self.clients[index];
                    client.ready(event, &mut self.buffer, |told| hear(told.by(index)))?;
                }
            }
        }
        Ok(())
    }

    /// Lets a turn tell when this time has passed.
    ///
    /// # Errors
    ///
    /// It is out of range.
    pub fn wake_after(&self, time: Duration) -> io::Result<()> {
        self.alarm.set(time)
    }

    /// Lets a client no longer read.
    ///
    /// # Errors
    ///
    /// It did not.
    pub fn pause(&mut self, client: usize) -> io::Result<()> {
        self.poll.registry().deregister(self.clients[client].source())
    }

    /// Lets a client read (again).
    ///
    /// # Errors
    ///
    /// It did.
    pub fn resume(&mut self, client: usize) -> io::Result<()> {
        // Registering tells at once what has come in the meantime.
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(self.clients[client].source(), Token(client), interest)
    }

    /// Counts the clients that are still there.
    pub fn present(&self) -> u32 {
        self.clients.iter().filter(|client| client.is_present()).count() as u32
    }

    /// Adds up the bytes that they have read.
    pub fn bytes(&self) -> u64 {
        self.clients.iter().map(Client::bytes).sum()
    }

    /// Gives the number of the message that will be said next.
    pub fn next(&self) -> u32 {
        self.next
    }
}

const ALARM: Token = Token(usize::MAX);

/// So few that what is due to be said does not wait long behind what is to be read.
const EVENTS: usize = 128;

/// A history of 500 messages in two reads; half of it stays in the cache of a core.
const BUFFER: usize = 64 * 1024;

/// As in the scenario `connect`.
const AT_A_TIME: usize = 50;

/// The first to join is not pinged in this time.
const JOIN_LIMIT: Duration = Duration::from_secs(40);
