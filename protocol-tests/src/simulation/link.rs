//! One connection of the virtual network: an HTTP request, or a WebSocket.
//!
//! ```text
//! client ── up: 12 ms ──> server        in order within a connection, free between connections:
//!        <── down: 80 ms ──             a GET, a POST and a WebSocket of one client overtake each other
//! ```

use std::time::Duration;

use wire42::engine_io::{Reason, Slip};

use super::calendar::{Calendar, Event};
use super::sockets::Claim;

/// Which connection.
pub(super) type LinkId = usize;

/// A connection, as the network sees it.
#[derive(Debug)]
pub(super) struct Link {
    /// Whose it is, and of which of his sessions.
    pub(super) client: usize,
    pub(super) life: u32,
    pub(super) use_: Use,
    /// How long what is sent takes now, up and down.
    pub(super) delays: [Duration; 2],
    /// When the last of what was sent arrives, up and down.
    latest: [Duration; 2],
    /// Nothing passes any more, and nobody is told.
    pub(super) is_cut: bool,
    /// How often the server had ended when it was opened.
    pub(super) age: u32,
}

/// What a connection carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A GET.
    Get,
    /// A POST; its body is not to be accepted if it is too large.
    Post { is_fat: bool },
    /// A WebSocket.
    Socket,
}

/// What travels to the server.
#[derive(Debug)]
pub(super) enum Up {
    /// A request, with as much of its body as was sent with it.
    Request(Vec<u8>, Vec<Meaning>),
    /// The rest of the body.
    Body(Vec<u8>, Vec<Meaning>),
    /// A text message on a WebSocket.
    Text(String, Meaning),
    /// The client is gone.
    Gone,
}

/// What travels to a client.
#[derive(Debug)]
pub(super) enum Down {
    /// The answer to a request.
    Answer(u16, String),
    /// A frame on a WebSocket.
    Frame(Slip),
    /// The server closed.
    Closed,
}

/// What a client means by a packet: the server never sees it, but who judges the server does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It answers a ping.
    Pong,
    /// It says goodbye.
    Bye,
    /// It wants to go on on this WebSocket.
    Upgrade,
    /// It joins a room, leaves one, or sends or answers something that no one else will hear.
    Own,
    /// It says something to all in a room.
    Says { namespace: String, token: u32 },
    /// It wants to be let in as a socket that it was before.
    Claims { namespace: String, claim: Claim },
    /// It leaves a room and means it.
    Leaves { namespace: String },
    /// It gives the server this reason to close.
    Sin(Reason),
    /// Nothing that matters.
    Nothing,
}

impl Meaning {
    /// Says whether the packet is for the layer above the transport.
    pub(super) fn happens(&self) -> bool {
        match self {
            Meaning::Own | Meaning::Says { .. } | Meaning::Claims { .. } | Meaning::Leaves { .. } => true,
            Meaning::Pong | Meaning::Bye | Meaning::Upgrade | Meaning::Sin(_) | Meaning::Nothing => false,
        }
    }
}

impl Link {
    pub(super) fn new(client: usize, life: u32, use_: Use, delays: [Duration; 2], age: u32) -> Link {
        Link { client, life, use_, delays, latest: [Duration::ZERO; 2], is_cut: false, age }
    }

    /// Says when what is sent up now arrives.
    pub(super) fn arrival(&mut self, direction: usize, now: Duration, extra: Duration) -> Duration {
        let at = (now + self.delays[direction] + extra).max(self.latest[direction]);
        self.latest[direction] = at;
        at
    }

    /// Says when the last of what was sent has arrived.
    pub(super) fn busy_until(&self) -> Duration {
        self.latest[UP].max(self.latest[DOWN])
    }

    /// Sends something to the server.
    pub(super) fn up(&mut self, id: LinkId, what: Up, now: Duration, calendar: &mut Calendar) {
        let at = self.arrival(UP, now, Duration::ZERO);
        calendar.add(at, Event::Up(id, what));
    }

    /// Sends something to the client.
    pub(super) fn down(&mut self, id: LinkId, what: Down, now: Duration, calendar: &mut Calendar) {
        let at = self.arrival(DOWN, now, Duration::ZERO);
        calendar.add(at, Event::Down(id, what));
    }
}

/// Directions.
pub(super) const UP: usize = 0;
pub(super) const DOWN: usize = 1;
