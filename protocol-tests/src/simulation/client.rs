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
    /// The sockets that it had, by namespace, and may have again.
    pub(super) kept: BTreeMap<String, Kept>,
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
    Asking(Asking),
    /// It was let in.
    Joined(Joined),
    /// It was refused, or has left.
    Out,
}

/// A client that wants to be let in.
#[derive(Debug, Default)]
pub(super) struct Asking {
    /// Who it was, and wants to be again.
    pub(super) kept: Option<Kept>,
    /// What it showed, as JSON.
    pub(super) auth: String,
    /// It left the room just before, of which something may be on its way.
    pub(super) has_left: bool,
}

/// What a client remembers of a socket: stock clients keep the first and the last of it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) pid: String,
    pub(super) socket: String,
    /// How much of the room's order it has heard, by the offsets that it was told; the latest is the last.
    pub(super) offsets: Vec<(u64, usize)>,
    /// How much had been said when it came.
    pub(super) from: usize,
    pub(super) heard: Option<usize>,
    /// What it was owed, and may have missed.
    pub(super) perhaps: Vec<String>,
    pub(super) asleep: Vec<u32>,
}

/// A client in a room.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub(super) socket: String,
    /// What it must show to come back.
    pub(super) pid: Option<String>,
    pub(super) room: usize,
    /// How much of the room's order it had heard by which offset.
    pub(super) offsets: Vec<(u64, usize)>,
    /// What may come that it was owed before.
    pub(super) perhaps: Vec<String>,
    /// Who may wake that fell asleep before.
    pub(super) dreaming: Vec<u32>,
    /// It has heard no history since it came, or came back.
    pub(super) is_fresh: bool,
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
            Place::Asking(_) | Place::Out => None,
        })
    }
}

impl Owed {
    /// The number of the event, if an answer to it is owed.
    pub(super) fn id(&self) -> Option<u64> {
        match self {
            Owed::Said { id, .. } | Owed::Answer { id, .. } => Some(*id),
            Owed::Event(_) => None,
        }
    }
}

impl Joined {
    /// What it remembers when it is gone.
    fn keep(&self) -> Option<Kept> {
        let owed = self.owed.iter().filter_map(|owed| match owed {
            Owed::Event(text) => Some(text),
            Owed::Said { .. } | Owed::Answer { .. } => None,
        });
        Some(Kept {
            pid: self.pid.clone()?,
            socket: self.socket.clone(),
            offsets: self.offsets.clone(),
            from: self.from,
            heard: self.heard,
            perhaps: self.perhaps.iter().chain(owed).cloned().collect(),
            asleep: self.dreaming.iter().chain(&self.asleep).copied().collect(),
        })
    }

    /// It was told an offset, by which it has heard so much.
    pub(super) fn mark(&mut self, offset: u64, heard: usize) -> Result<(), String> {
        if self.offsets.last().is_some_and(|(before, _)| *before >= offset) {
            return Err(format!("the offset {offset} comes behind {:?}", self.offsets.last()));
        }
        self.offsets.push((offset, heard));
        if self.offsets.len() > REMEMBERED {
            self.offsets.remove(0);
        }
        Ok(())
    }
}

impl Client {
    /// What it knows of its socket in a room, or would, if it were gone now.
    pub(super) fn known(&self, namespace: &str) -> Option<Kept> {
        let place = self.online.as_ref().and_then(|online| online.places.get(namespace));
        match place {
            Some(Place::Joined(joined)) => joined.keep(),
            Some(Place::Asking(_) | Place::Out) | None => self.kept.get(namespace).cloned(),
        }
    }

    /// It has no place in a room any more, or a new one.
    pub(super) fn leave(&mut self, namespace: String, place: Place) {
        let kept = match place {
            Place::Asking(asking) => asking.kept,
            Place::Joined(joined) => joined.keep(),
            Place::Out => return,
        };
        match kept {
            Some(kept) => self.kept.insert(namespace, kept),
            None => self.kept.remove(&namespace),
        };
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

/// As many offsets as a client may confuse.
const REMEMBERED: usize = 8;
