//! The table of rooms: which exist, who keeps them, and which is forgotten for a new one.
//!
//! ```text
//! namespace   members   emptied as
//! /           3                      exact: never forgotten
//! /team-a     1                      someone is there
//! /team-b     0         the 7th      the first to go, when another is wanted and --max-namespaces are there
//! /team-c     0         the 9th      the next
//! ```

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::room::{Names, Room, RoomId};
use super::totals::Totals;
use super::{HubConfig, Ids};
use crate::app::{Rejection, SocketId};
use crate::planted::planted;
use crate::socket_io::Namespace;
use crate::store::Pid;

pub(super) struct Rooms {
    config: HubConfig,
    ids: Ids,
    table: HashMap<Namespace, Entry>,
    /// How many rooms there ever were.
    opened: u64,
    /// Counts up whenever a room empties, so that the one that has been empty longest is known without a clock.
    emptied: u64,
    /// What was counted in rooms that are forgotten, and before any door.
    past: Totals,
}

struct Entry {
    room: Arc<Room>,
    members: usize,
    emptied_at: u64,
    is_kept: bool,
}

impl Rooms {
    pub(super) fn new(config: HubConfig, ids: Ids) -> Self {
        Self { config, ids, table: HashMap::new(), opened: 0, emptied: 0, past: Totals::default() }
    }

    /// Finds the room or makes it, counts the new member, and names its socket.
    pub(super) fn enter(&mut self, namespace: &Namespace) -> Result<(Arc<Room>, Names), NoEntry> {
        if !self.table.contains_key(namespace) {
            self.open(namespace)?;
        }
        let entry = self.table.get_mut(namespace).expect("the room was there or was just made");
        entry.members += 1;
        let socket = if planted("socket-id-constant") { SocketId::from("x") } else { (self.ids)() };
        let recovery = self.config.keeping.recovery.filter(|_| !planted("no-pid"));
        let secret = recovery.map(|_| if planted("pid-is-sid") { socket.clone() } else { (self.ids)() });
        let pid = secret.map(|secret| Pid::from(secret.as_str()));
        Ok((entry.room.clone(), Names { socket, pid }))
    }

    pub(super) fn find(&self, namespace: &Namespace) -> Option<Arc<Room>> {
        self.table.get(namespace).map(|entry| entry.room.clone())
    }

    pub(super) fn leave(&mut self, namespace: &Namespace) {
        let fresh = planted("leaving-erases-history").then(|| self.make(namespace));
        let entry = self.table.get_mut(namespace).expect("a room with a member is not forgotten");
        entry.members -= 1;
        if let Some(room) = fresh {
            entry.room = room;
        }
        if entry.members == 0 {
            self.emptied += 1;
            entry.emptied_at = self.emptied;
        }
    }

    /// Gives what was counted outside of the rooms that there are, and these rooms.
    pub(super) fn census(&self) -> (Totals, Vec<Arc<Room>>) {
        (self.past, self.table.values().map(|entry| entry.room.clone()).collect())
    }

    pub(super) fn turn_away(&mut self, reason: NoEntry) {
        self.past.turned_away.count(reason);
    }

    /// Counts the members of all rooms.
    pub(super) fn members(&self) -> usize {
        self.table.values().map(|entry| entry.members).sum()
    }

    /// Counts the rooms that are forgotten when they are empty and others are wanted.
    pub(super) fn passing(&self) -> usize {
        self.table.values().filter(|entry| !entry.is_kept).count()
    }

    fn open(&mut self, namespace: &Namespace) -> Result<(), NoEntry> {
        let name = namespace.as_str();
        let door =
            self.config.doors.iter().filter(|door| door.admits(name)).min_by_key(|door| door.is_pattern());
        let is_kept = planted("any-namespace") || !door.ok_or(NoEntry::Unknown)?.is_pattern();
        if !is_kept {
            self.make_way()?;
        }
        let room = self.make(namespace);
        self.table.insert(namespace.clone(), Entry { room, members: 0, emptied_at: 0, is_kept });
        Ok(())
    }

    fn make(&mut self, namespace: &Namespace) -> Arc<Room> {
        self.opened += 1;
        let (id, app) = (RoomId(self.opened), (self.config.open)(namespace));
        Arc::new(Room::new(id, namespace.clone(), app, &self.config.keeping))
    }

    /// Forgets the room that has been without members longest, if there are as many as there may be.
    fn make_way(&mut self) -> Result<(), NoEntry> {
        if self.passing() < self.config.max_namespaces {
            return Ok(());
        }
        let empty = self
            .table
            .iter()
            .filter(|(_, entry)| !entry.is_kept && entry.members == 0 && !entry.room.is_waiting());
        let oldest = empty.min_by_key(|(_, entry)| entry.emptied_at).map(|(namespace, _)| namespace.clone());
        let forgotten =
            self.table.remove(&oldest.ok_or(NoEntry::Full)?).expect("the room was found in the table");
        self.past += forgotten.room.totals().without_what_is_kept();
        Ok(())
    }
}

/// Why a client does not get in.
///
/// ```
/// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
/// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
/// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
/// # let mut john = Guest::new(client("Kx"), hub);
/// # john.poll_transmit();
/// john.handle_input(Input::Text("40/nowhere,"), now)?;
/// let told = john.poll_transmit().expect("a CONNECT is answered");
/// assert_eq!(told.frame().bytes(), br#"44/nowhere,{"message":"Invalid namespace"}"#);
/// assert_eq!(NoEntry::Unknown.to_string(), "Invalid namespace");
/// # Ok::<(), wire42::engine_io::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEntry {
    /// No such namespace.
    Unknown,
    /// Too many rooms, and someone is in each.
    Full,
    /// The client is in too many already.
    TooMany,
    /// The client says too much.
    TooOften,
    /// The client has not shown the token.
    Unauthorized,
    /// What was said in the room cannot be read.
    Unreadable,
    /// The application does not want it.
    Rejected(Rejection),
}

impl NoEntry {
    /// Writes the payload of a CONNECT_ERROR (Socket.IO v5, Connection to a namespace).
    pub(super) fn to_json(self) -> String {
        match self {
            NoEntry::Rejected(rejection) => rejection.to_json(),
            reason if planted("connect-error-string") => format!(r#""{reason}""#),
            reason => format!(r#"{{"message":"{reason}"}}"#),
        }
    }
}

impl fmt::Display for NoEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            // Reference: these very words.
            NoEntry::Unknown => "Invalid namespace",
            NoEntry::Full => "All rooms are taken, try again later",
            NoEntry::Unauthorized => "unauthorized",
            NoEntry::Unreadable => "The history cannot be read now, try again later",
            NoEntry::TooMany => "One connection may join at most 16 namespaces",
            // An event that comes too soon is answered by the same words, as the chat answers one that it refuses.
            NoEntry::TooOften => "too many messages",
            NoEntry::Rejected(rejection) => rejection.message,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Echo;
    use crate::hub::{Door, Keeping};

    fn rooms(max_namespaces: usize) -> Rooms {
        let doors = ["/", "/a*"].iter().map(|door| Door::parse(door).unwrap()).collect();
        let open = Box::new(|_: &Namespace| Box::new(Echo::new(true)) as _);
        let keeping = Keeping::default();
        let config = HubConfig { doors, max_namespaces, rate: None, open, keeping };
        Rooms::new(config, Box::new(|| SocketId::from("x")))
    }

    fn name(name: &str) -> Namespace {
        Namespace::parse(name).unwrap()
    }

    #[test]
    fn the_room_that_has_been_empty_longest_is_forgotten() {
        let mut rooms = rooms(2);
        for room in ["/a1", "/a2"] {
            rooms.enter(&name(room)).unwrap();
        }
        rooms.leave(&name("/a2"));
        rooms.leave(&name("/a1"));
        rooms.enter(&name("/a3")).unwrap();
        assert!(rooms.table.contains_key(&name("/a1")) && !rooms.table.contains_key(&name("/a2")));
    }

    #[test]
    fn a_room_with_members_is_never_forgotten() {
        let mut rooms = rooms(1);
        rooms.enter(&name("/a1")).unwrap();
        assert_eq!(rooms.enter(&name("/a2")).err(), Some(NoEntry::Full));
        assert!(rooms.enter(&name("/a1")).is_ok());
    }

    #[test]
    fn exact_names_are_not_counted() {
        let mut rooms = rooms(1);
        rooms.enter(&name("/a1")).unwrap();
        assert!(rooms.enter(&name("/")).is_ok());
        assert_eq!(rooms.enter(&name("/b")).err(), Some(NoEntry::Unknown));
    }
}
