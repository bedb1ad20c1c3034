//! A client: what it knows of its session, and how it sends.
//!
//! ```text
//! Idle ── GET ──> polling ── upgrades ──> probing ── 3probe ──> pausing ── 5 ──> WebSocket
//!      ── Upgrade ─────────────────────────────────────────────────────────────────^
//! ```
//!
//! It polls as stock clients do: one GET at a time, one POST at a time, and before `5` it waits for both.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::link::{LinkId, Meaning};

/// A client.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// How many sessions it has had.
    pub(super) life: u32,
    pub(super) online: Option<Online>,
    /// What its connections take, in milliseconds.
    pub(super) latency: u64,
}

/// A client that has a session, or is about to.
#[derive(Debug)]
pub(super) struct Online {
    pub(super) sid: Option<String>,
    pub(super) carrier: Carrier,
    pub(super) get: Option<LinkId>,
    pub(super) post: Option<LinkId>,
    /// A POST of which only the head was sent.
    pub(super) half: Option<(LinkId, Vec<Packet>)>,
    /// What waits for the next POST.
    pub(super) queue: VecDeque<Packet>,
    pub(super) max_payload: usize,
    pub(super) places: BTreeMap<String, Place>,
    pub(super) pinged_at: Duration,
    /// It answers no ping.
    pub(super) is_mute: bool,
    /// Something was done to it, or it did something, that may end its session.
    pub(super) is_lost: bool,
}

/// How its packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// By HTTP.
    Polling,
    /// A WebSocket is being opened beside.
    Opening(LinkId),
    /// `2probe` was sent.
    Probing(LinkId),
    /// `3probe` has come: as soon as no request is open, `5` is sent.
    Pausing(LinkId),
    /// On a WebSocket.
    Socket(LinkId),
}

/// A packet to be sent, and what it means.
#[derive(Clone, Debug)]
pub(super) struct Packet {
    pub(super) text: String,
    pub(super) meaning: Meaning,
}

/// What it knows of a namespace.
#[derive(Debug)]
pub(super) enum Place {
    /// It has sent CONNECT.
    Asking,
    /// It was let in.
    Joined(Joined),
    /// It was refused, or has left.
    Out,
}

/// A client in a room.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) socket: String,
    pub(super) room: usize,
    /// How much of the room's order it has heard; none before the first history.
    pub(super) heard: Option<usize>,
    /// How much had been said when it came.
    pub(super) from: usize,
    /// What it is owed, in this order.
    pub(super) owed: VecDeque<Owed>,
    /// What it is owed some time.
    pub(super) asleep: Vec<u32>,
    /// What it has said to all.
    pub(super) said: Vec<u32>,
    pub(super) next_id: u64,
}

/// What a client is owed for an event of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// The acknowledgement of a message to all.
    Said { id: u64, token: u32 },
    /// The acknowledgement of a message that nobody hears, with this data.
    Answer { id: u64, data: &'static str },
    /// An event with this payload.
    Event(String),
}

impl Online {
    pub(super) fn new(carrier: Carrier, now: Duration) -> Online {
        Online {
            sid: None,
            carrier,
            get: None,
            post: None,
            half: None,
            queue: VecDeque::new(),
            max_payload: 0,
            places: BTreeMap::new(),
            pinged_at: now,
            is_mute: false,
            is_lost: false,
        }
    }

    /// The WebSocket, on trial or not.
    pub(super) fn socket(&self) -> Option<LinkId> {
        match self.carrier {
            Carrier::Polling => None,
            Carrier::Opening(link)
            | Carrier::Probing(link)
            | Carrier::Pausing(link)
            | Carrier::Socket(link) => Some(link),
        }
    }

    /// Says whether its packets go by HTTP, and none may be held back.
    pub(super) fn posts(&self) -> bool {
        self.sid.is_some()
            && matches!(self.carrier, Carrier::Polling | Carrier::Opening(_) | Carrier::Probing(_))
    }

    /// Every connection that is open.
    pub(super) fn links(&self) -> impl Iterator<Item = LinkId> {
        let half = self.half.as_ref().map(|(link, _)| *link);
        [self.get, self.post, half, self.socket()].into_iter().flatten()
    }

    /// Takes what the next POST carries.
    pub(super) fn batch(&mut self) -> Vec<Packet> {
        let mut batch: Vec<Packet> = Vec::new();
        let mut length = 0;
        while let Some(packet) = self.queue.front() {
            length += packet.text.len() + 1;
            if !batch.is_empty() && length > self.max_payload {
                break;
            }
            batch.extend(self.queue.pop_front());
        }
        batch
    }

    /// The rooms in which it is.
    pub(super) fn joined(&self) -> impl Iterator<Item = (&String, &Joined)> {
        self.places.iter().filter_map(|(name, place)| match place {
            Place::Joined(joined) => Some((name, joined)),
            Place::Asking | Place::Out => None,
        })
    }
}

impl Packet {
    pub(super) fn new(text: impl Into<String>, meaning: Meaning) -> Packet {
        Packet { text: text.into(), meaning }
    }
}

/// What stands before a packet's payload in a namespace.
pub(super) fn prefix(namespace: &str) -> String {
    if namespace == "/" { String::new() } else { format!("{namespace},") }
}
