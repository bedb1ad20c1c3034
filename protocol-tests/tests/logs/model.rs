//! What every log is: lists of messages, and who may come back.

use std::collections::{BTreeMap, VecDeque};

use wire42::store::{Outcome, Pid, Record, Recoverable, Request, Tail};

use super::{ROOMS, Start};

pub(super) struct Model {
    /// It outlives its process, and answers later.
    is_durable: bool,
    rooms: [Room; ROOMS.len()],
    waiting: VecDeque<(usize, Request)>,
}

#[derive(Clone, Default)]
struct Room {
    is_open: bool,
    messages: Vec<Record>,
    sockets: BTreeMap<Pid, Recoverable>,
}

impl Model {
    pub(super) fn forgetful() -> Self {
        Self { is_durable: false, rooms: Default::default(), waiting: VecDeque::new() }
    }

    pub(super) fn durable() -> Self {
        Self { is_durable: true, ..Self::forgetful() }
    }

    /// Begins again with what was done.
    pub(super) fn restarted(&self, start: &Start) -> Self {
        if !self.is_durable {
            return Self::forgetful();
        }
        let mut rooms = self.rooms.clone();
        for room in &mut rooms {
            room.is_open = false;
            for socket in room.sockets.values_mut() {
                socket.gone_at.get_or_insert(start.unix);
            }
            room.sockets.retain(|_, socket| socket.gone_at >= Some(start.unix - start.keep.cast_signed()));
        }
        Self { rooms, ..Self::durable() }
    }

    /// Gives a request; says what is answered at once.
    pub(super) fn submit(&mut self, room: usize, request: Request) -> Option<Outcome> {
        self.rooms[room].is_open = true;
        if self.is_durable {
            self.waiting.push_back((room, request));
            return None;
        }
        self.rooms[room].take(request)
    }

    /// Does at most so many of those that wait.
    pub(super) fn commit(&mut self, most: usize) -> Vec<(usize, Outcome)> {
        let group = self.waiting.drain(..most.min(self.waiting.len()));
        group.filter_map(|(room, request)| Some((room, self.rooms[room].take(request)?))).collect()
    }

    /// The server has this room no longer.
    pub(super) fn close(&mut self, room: usize) {
        match self.is_durable {
            true => self.rooms[room].is_open = false,
            false => self.rooms[room] = Room::default(),
        }
    }

    pub(super) fn is_open(&self, room: usize) -> bool {
        self.rooms[room].is_open
    }
}

impl Room {
    fn take(&mut self, request: Request) -> Option<Outcome> {
        match request {
            Request::Open(tail) => Some(Outcome::Opened {
                position: self.messages.len() as u64,
                records: self.messages[self.messages.len() - self.count(tail)..].to_vec(),
                sockets: self.sockets(),
            }),
            Request::Append { ticket, json, unix } => {
                let record = Record { position: self.messages.len() as u64 + 1, unix, json };
                self.messages.push(record.clone());
                Some(Outcome::Appended { ticket: Some(ticket), record })
            }
            Request::Enroll(socket) => {
                let pid = socket.pid.clone();
                self.sockets.insert(pid.clone(), socket);
                Some(Outcome::Enrolled { pid })
            }
            Request::Part { pid, unix } => {
                if let Some(socket) = self.sockets.get_mut(&pid) {
                    socket.gone_at = Some(unix);
                }
                None
            }
            Request::Forget { pid } => {
                self.sockets.remove(&pid);
                None
            }
        }
    }

    /// Who may come back; who is gone for longer comes first.
    fn sockets(&self) -> Vec<Recoverable> {
        let mut sockets: Vec<_> = self.sockets.values().cloned().collect();
        sockets.sort_by_key(|socket| socket.gone_at);
        sockets
    }

    /// How many messages are the end that is wanted.
    fn count(&self, tail: Tail) -> usize {
        let fits = |count: &usize| {
            let end = &self.messages[self.messages.len() - count..];
            *count <= tail.records
                && (*count == 1
                    || end.iter().map(|record| record.json.len() + 1).sum::<usize>() <= tail.bytes)
        };
        (1..=self.messages.len()).take_while(fits).last().unwrap_or(0)
    }
}
