//! Who is in which room, and how everyone there hears everything in one order.
//!
//! ```text
//! Guest ── event ──> Room ─ lock ─> App ─> effects ─> one parcel ──> broadcast channel
//!   ^                                                                   │ │ │
//!   └── Seat: what this client has seen of the room <───────────────────┘ v v  every other seat
//! ```
//!
//! Joining takes the snapshot and subscribes under the room's lock, and a broadcast is made and sent under the same lock:
//! so nobody misses one, nobody hears one twice, and all hear them in one order.
//!
//! ```
//! use std::sync::Arc;
//! use wire42::app::{Echo, SocketId};
//! use wire42::client::{Client, Terms};
//! use wire42::engine_io::{Config, Input, Session};
//! use wire42::hub::{Door, Guest, Hub, HubConfig, Ids, Keeping, Open};
//! use wire42::now::Now;
//!
//! let open: Open = Box::new(|_| Box::new(Echo::new(true)));
//! let ids: Ids = Box::new(|| SocketId::from("John"));
//! let (doors, keeping) = (vec![Door::parse("/")?], Keeping::default());
//! let config = HubConfig { doors, max_namespaces: 1, rate: None, open, keeping };
//! let hub = Arc::new(Hub::new(config, ids));
//!
//! let now = Now::default();
//! let session = Session::websocket("Kx", Config::default(), now);
//! let mut guest = Guest::new(Client::new(session, Terms::default(), now), hub);
//! guest.handle_input(Input::Text("40"), now).expect("a WebSocket is never refused its text");
//! let sent: Vec<_> = std::iter::from_fn(|| guest.poll_transmit()).collect();
//! assert_eq!(sent[1].frame().bytes(), br#"40{"sid":"John"}"#);
//! guest.handle_timeout(Now { mono: now.mono + std::time::Duration::from_millis(5), ..now });
//! let event = guest.poll_transmit().expect("the application greets whoever joins");
//! assert_eq!(event.frame().bytes(), br#"42["auth",{}]"#);
//! # Ok::<(), String>(())
//! ```
//!
//! In this order: [`guest`], one client; [`door`], [`token`] and [`rooms`], where it may go; [`room`], where one order is made;
//! [`seat`], where it is kept. Then where the bytes come from: [`net`](crate::net).

mod asking;
mod delivery;
pub mod door;
pub mod guest;
mod keeping;
mod recent;
mod registry;
pub mod room;
pub mod rooms;
pub mod seat;
#[cfg(test)]
mod tests;
mod throttle;
pub mod token;
pub mod totals;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use door::Door;
pub use guest::{Guest, HAPPENINGS_A_TURN, MAX_SEATS, Output};
pub use keeping::Keeping;
pub use registry::MAX_GONE_BYTES;
pub use seat::{MAX_WAITING, Seat};
pub use token::Token;
pub use totals::{Totals, TurnedAway};

use crate::app::{App, SocketId};
use crate::bucket::Rate;
use crate::planted::planted;
use crate::socket_io::Namespace;
use crate::store::Outcome;
use room::Names;
pub use room::{Bell, CHANNEL_CAPACITY, RoomId};
pub use rooms::NoEntry;
use rooms::Rooms;

/// All rooms of the server.
///
/// ```
/// # use wire42::{app::ChatConfig, bucket::Rate, client::{Client, Terms}, engine_io::{Config, Input, Session}};
/// # use wire42::{hub::{Door, Guest}, net::AppConfig, now::Now};
/// # let now = Now::default();
/// # let rate = Rate::default();
/// let doors = vec![Door::parse("/team-*")?];
/// let chat = AppConfig::Chat { room: ChatConfig::default(), doors, max_namespaces: 100, rate };
/// let hub = chat.hub(Box::new(|| "John".into()));
/// # let session = Session::websocket("Kx", Config::default(), now);
/// # let mut john = Guest::new(Client::new(session, Terms::default(), now), hub.clone());
/// john.handle_input(Input::Text("40/team-a,"), now).expect("a WebSocket is never refused its text");
/// assert_eq!((hub.members(), hub.passing_rooms(), hub.totals().rooms), (1, 1, 1));
/// drop(john);
/// assert_eq!((hub.members(), hub.passing_rooms(), hub.totals().rooms), (0, 1, 1));
/// # Ok::<(), String>(())
/// ```
pub struct Hub {
    rooms: Mutex<Rooms>,
    rate: Option<Rate>,
    throttled: AtomicU64,
}

/// What rooms there may be, and what happens in them.
pub struct HubConfig {
    /// The namespaces that can be joined.
    pub doors: Vec<Door>,
    /// Rooms behind patterns that may exist at once.
    pub max_namespaces: usize,
    /// What one client may say, in all its namespaces together.
    pub rate: Option<Rate>,
    /// Makes the application of a new room.
    pub open: Open,
    /// Where its history is, and who may come back to it.
    pub keeping: Keeping,
}

/// Makes the application of a new room.
pub type Open = Box<dyn Fn(&Namespace) -> Box<dyn App> + Send>;

/// Names sockets: each call gives an id that nobody had and nobody can guess. Randomness comes from outside the core.
pub type Ids = Box<dyn FnMut() -> SocketId + Send>;

impl Hub {
    /// Begins with no room.
    pub fn new(config: HubConfig, ids: Ids) -> Self {
        let (rate, throttled) = (config.rate, AtomicU64::new(0));
        Self { rooms: Mutex::new(Rooms::new(config, ids)), rate, throttled }
    }

    /// Sums up what happened in all rooms that ever were.
    pub fn totals(&self) -> Totals {
        // Two steps, so that nobody who enters or leaves waits for a room that is busy.
        let (past, rooms) = self.rooms().census();
        let sum = rooms.iter().fold(past, |sum, room| sum + room.totals());
        Totals { throttled: self.throttled.load(Ordering::Relaxed), ..sum }
    }

    fn rate(&self) -> Option<Rate> {
        self.rate
    }

    fn count_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the places that are taken, over all rooms.
    pub fn members(&self) -> usize {
        self.rooms().members()
    }

    /// Counts the rooms that exist behind patterns, with members or without.
    pub fn passing_rooms(&self) -> usize {
        self.rooms().passing()
    }

    /// Takes what the store did for which rooms, in its order, and lets everyone there know: the bells of those rooms ring.
    ///
    /// ```
    /// # use wire42::{app::ChatConfig, bucket::Rate, client::{Client, Terms}, engine_io::{Config, Input, Session}};
    /// # use wire42::{hub::{Guest, Keeping}, net::AppConfig, now::Now};
    /// use wire42::store::{Outcome, Queue};
    ///
    /// # let now = Now::default();
    /// # let (room, rate) = (ChatConfig::default(), Rate::default());
    /// # let chat = AppConfig::Chat { room, doors: vec![], max_namespaces: 0, rate };
    /// let queue = Queue::new(1_000_000);
    /// let keeping = Keeping { store: Box::new(queue.clone()), recovery: None };
    /// let hub = chat.hub_with(keeping, Box::new(|| "John".into()));
    /// # let session = Session::websocket("Kx", Config::default(), now);
    /// # let mut john = Guest::new(Client::new(session, Terms::default(), now), hub.clone());
    /// # john.poll_transmit();
    /// john.handle_input(Input::Text("40"), now)?;
    /// assert!(john.poll_transmit().is_none(), "the history is not there yet");
    ///
    /// let (namespace, _) = queue.take().pop().expect("the room asked for it");
    /// let empty = Outcome::Opened { position: 0, records: vec![], sockets: vec![] };
    /// hub.handle_outcomes(vec![(namespace, empty)]);
    /// john.handle_broadcasts(now);
    /// assert_eq!(john.poll_transmit().expect("now it is").frame().bytes(), br#"40{"sid":"John"}"#);
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn handle_outcomes(&self, outcomes: Vec<(Namespace, Outcome)>) {
        let mut by_room: BTreeMap<Namespace, Vec<Outcome>> = BTreeMap::new();
        for (namespace, outcome) in outcomes {
            by_room.entry(namespace).or_default().push(outcome);
        }
        for (namespace, outcomes) in by_room {
            // Two steps, so that nobody who enters or leaves waits for a room that is busy.
            let room = self.rooms().find(&namespace);
            if let Some(room) = room {
                room.handle_outcomes(outcomes);
            }
        }
    }

    /// Lets someone into a room, which is made if need be.
    fn enter(self: &Arc<Self>, namespace: &Namespace) -> Result<(Membership, Names), NoEntry> {
        let (room, names) = self.rooms().enter(namespace)?;
        Ok((Membership { hub: self.clone(), room }, names))
    }

    fn turn_away(&self, reason: NoEntry) {
        self.rooms().turn_away(reason);
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a room, given back when it is dropped.
///
/// ```
/// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
/// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
/// # let session = Session::websocket("Kx", Config::default(), now);
/// # let mut john = Guest::new(Client::new(session, Terms::default(), now), hub);
/// john.handle_input(Input::Text("40"), now)?;
/// let place: &Membership = john.rooms().next().expect("it has joined one");
/// let (room, bell): (RoomId, Bell) = (place.room(), place.bell());
/// # Ok::<(), wire42::engine_io::Refusal>(())
/// ```
pub struct Membership {
    hub: Arc<Hub>,
    room: Arc<room::Room>,
}

impl Membership {
    /// Says in which room it is.
    pub fn room(&self) -> RoomId {
        self.room.id()
    }

    /// Gives a bell that rings for this room from now on.
    pub fn bell(&self) -> Bell {
        self.room.bell()
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        if !planted("membership-kept") {
            self.hub.rooms().leave(self.room.namespace());
        }
    }
}
