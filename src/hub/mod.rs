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
//! use wire42::hub::{Door, Guest, Hub, HubConfig, Ids, Open};
//! use wire42::now::Now;
//!
//! let open: Open = Box::new(|_| Box::new(Echo::new(true)));
//! let ids: Ids = Box::new(|| SocketId::from("John"));
//! let config = HubConfig { doors: vec![Door::parse("/")?], max_namespaces: 1, rate: None, open };
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

pub mod door;
pub mod guest;
pub mod room;
pub mod rooms;
pub mod seat;
#[cfg(test)]
mod tests;
mod throttle;
pub mod token;
pub mod totals;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use door::Door;
pub use guest::{Guest, HAPPENINGS_A_TURN, MAX_SEATS, Output};
pub use seat::{MAX_WAITING, Seat};
pub use token::Token;
pub use totals::{Totals, TurnedAway};

use crate::app::{App, SocketId};
use crate::bucket::Rate;
use crate::planted::planted;
use crate::socket_io::Namespace;
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

    /// Lets someone into a room, which is made if need be.
    fn enter(self: &Arc<Self>, namespace: &Namespace) -> Result<(Membership, SocketId), NoEntry> {
        let (room, socket) = self.rooms().enter(namespace)?;
        Ok((Membership { hub: self.clone(), namespace: namespace.clone(), room }, socket))
    }

    fn turn_away(&self, reason: NoEntry) {
        self.rooms().turn_away(reason);
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a room, given back when it is dropped.
struct Membership {
    hub: Arc<Hub>,
    namespace: Namespace,
    room: Arc<room::Room>,
}

impl Drop for Membership {
    fn drop(&mut self) {
        if !planted("membership-kept") {
            self.hub.rooms().leave(&self.namespace);
        }
    }
}
