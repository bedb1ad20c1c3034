//! One room: an application and its log behind a lock, and the channel in which everyone hears it.
//!
//! ```text
//!        admit, event, resume                 told: to the socket that caused it
//! Seat ──────────────────────> [ lock: App ── Append ──> Log ] ──────────────────────> Seat
//!                                         <── Outcome ──
//!                                    │
//!                                    └─ broadcast 7, 8, 9, … ──> channel ──> every Seat, and the Bell
//! ```
//!
//! What is said goes to the log first, and what comes back from it is told to everyone. A log in memory answers within the same
//! call; for any other, the outcomes [come later](super::Hub::handle_outcomes).
//!
//! The number of a broadcast is its position: the log's, where what is said is logged. A parcel to one socket names the position
//! behind which it belongs.

mod effects;
mod entrance;
mod following;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::Keeping;
use super::delivery::{Audience, Delivery, Said, Told};
use super::recent::Recent;
use super::registry::Registry;
use super::totals::Totals;
use crate::app::{Ack, App, Note, SocketId};
use crate::client;
use crate::frame::Parcel;
use crate::now::Now;
use crate::socket_io::{Args, Kind, Namespace, Packet};
use crate::store::{Log, Position, Ticket};

pub(super) use entrance::{Joined, Names, Step};

pub(super) struct Room {
    id: RoomId,
    namespace: Namespace,
    state: Mutex<State>,
    /// The position of the latest broadcast, or of one that is just being sent.
    latest: AtomicU64,
    channel: broadcast::Sender<Said>,
    /// Requests that the log has not answered.
    unanswered: AtomicUsize,
}

struct State {
    app: Box<dyn App>,
    log: Box<dyn Log>,
    stage: Stage,
    /// Of the latest broadcast.
    position: Position,
    /// The latest snapshot, as it was sent to everyone.
    snapshot: Option<Parcel>,
    /// What was given to the log and has not come back.
    pending: VecDeque<Owed>,
    /// How many messages were given to the log.
    tickets: u64,
    /// What came back for whom, by the number of the seat.
    answers: HashMap<u64, Vec<Told>>,
    /// How many seats there ever were.
    seats: u64,
    /// Who may come back, if anybody may.
    registry: Option<Registry>,
    /// What those missed, where no snapshot stands for it.
    recent: Option<Recent>,
    counts: Counts,
}

/// What the log is to the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It was asked for its end.
    Opening,
    /// Its end was read, and the room follows it.
    Open,
    /// It could not be read.
    Failed,
}

/// An answer that is owed when the log has a message.
struct Owed {
    ticket: Ticket,
    seat: u64,
    answer: Option<(Ack, Args)>,
}

/// What happened so far.
#[derive(Default)]
struct Counts {
    broadcasts: u64,
    /// How often someone was given what it had had no room for.
    skips: u64,
    recovered: u64,
    unrecovered: u64,
    unstored: u64,
}

/// Who caused something.
#[derive(Clone, Copy)]
pub(super) struct Cause<'a> {
    pub(super) socket: &'a SocketId,
    pub(super) seat: u64,
}

impl Room {
    pub(super) fn new(id: RoomId, namespace: Namespace, app: Box<dyn App>, keeping: &Keeping) -> Self {
        let registry = keeping.recovery.map(Registry::new);
        let recent = (registry.is_some() && app.snapshot().is_none()).then(Recent::default);
        let state = State {
            app,
            log: keeping.store.log(&namespace),
            stage: Stage::Failed,
            position: 0,
            snapshot: None,
            pending: VecDeque::new(),
            tickets: 0,
            answers: HashMap::new(),
            seats: 0,
            registry,
            recent,
            counts: Counts::default(),
        };
        let (latest, channel) = (AtomicU64::new(0), broadcast::Sender::new(CHANNEL_CAPACITY));
        let (state, unanswered) = (Mutex::new(state), AtomicUsize::new(0));
        let room = Self { id, namespace, state, latest, channel, unanswered };
        room.open(&mut room.state());
        room
    }

    pub(super) fn event(&self, from: Cause<'_>, args: Args, ack: Option<Ack>, now: Now) -> Vec<Told> {
        let mut state = self.state();
        let effects = state.app.event(from.socket, args, ack, now);
        self.apply(&mut state, from, effects, now)
    }

    pub(super) fn resume(&self, whose: Cause<'_>, note: Note, answer: Option<Args>, now: Now) -> Vec<Told> {
        let mut state = self.state();
        let effects = state.app.resume(whose.socket, note, answer);
        self.apply(&mut state, whose, effects, now)
    }

    /// Gives what came back from the log for this seat.
    pub(super) fn answers(&self, seat: u64) -> Vec<Told> {
        self.state().answers.remove(&seat).unwrap_or_default()
    }

    /// Gives what brings a straggler up to date that has seen so much, and up to which position.
    pub(super) fn missed(&self, seen: Option<Position>, socket: &SocketId) -> Option<Missed> {
        let mut state = self.state();
        let position = state.position;
        let deliveries = match (&state.recent, seen) {
            (Some(recent), Some(seen)) => recent.since(seen, socket)?,
            _ => {
                let parcel = self.current_snapshot(&mut state)?;
                let is_news = Some(position) > seen;
                Vec::from_iter(is_news.then_some(Delivery { position, parcel, audience: Audience::All }))
            }
        };
        state.counts.skips += u64::from(!deliveries.is_empty());
        Some(Missed { deliveries, is_snapshot: state.recent.is_none(), position })
    }

    pub(super) fn totals(&self) -> Totals {
        let state = self.state();
        Totals {
            rooms: 1,
            kept: state.app.kept(),
            broadcasts: state.counts.broadcasts,
            skips: state.counts.skips,
            refused: state.app.refused(),
            unstored: state.counts.unstored,
            recovered: state.counts.recovered,
            unrecovered: state.counts.unrecovered,
            away: state.registry.as_ref().map_or(0, Registry::away),
            ..Totals::default()
        }
    }

    /// Gives a bell that rings for what is said from now on.
    pub(super) fn bell(&self) -> Bell {
        Bell(self.channel.subscribe())
    }

    /// Says whether there may be more than was seen; to ask the channel would cost a lock that all cores share.
    pub(super) fn has_more_than(&self, seen: Option<Position>) -> bool {
        Some(self.latest.load(Ordering::Acquire)) > seen
    }

    /// Says whether the log still owes an answer: then the room must be there when it comes.
    pub(super) fn is_waiting(&self) -> bool {
        self.unanswered.load(Ordering::Acquire) > 0
    }

    pub(super) fn id(&self) -> RoomId {
        self.id
    }

    pub(super) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    pub(super) fn packet(&self, kind: Kind) -> Parcel {
        client::message(Packet { namespace: self.namespace.clone(), kind })
    }

    fn ring(&self) {
        // Nobody listens: then nobody waits.
        let _ = self.channel.send(Said::Ring);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic of the application leaves its own data as it stood; the room goes on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a straggler has not heard.
pub(super) struct Missed {
    pub(super) deliveries: Vec<Delivery>,
    /// A snapshot stands for all of it.
    pub(super) is_snapshot: bool,
    /// Up to where that is.
    pub(super) position: Position,
}

/// Tells one room from all others that are or were, also of the same name.
///
/// ```
/// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
/// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
/// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
/// # let mut john = Guest::new(client("Kx"), hub);
/// john.handle_input(Input::Text("40"), now)?;
/// john.handle_input(Input::Text("40/custom,"), now)?;
/// let rooms: Vec<RoomId> = john.seats().iter().map(|seat| seat.room()).collect();
/// assert_ne!(rooms[0], rooms[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoomId(pub(super) u64);

/// Rings when something was said in a room. One is enough for all seats that one thread looks after: what was said, each
/// [takes](super::Guest::handle_broadcasts) from a receiver of its own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), wire42::engine_io::Refusal> {
/// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
/// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
/// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
/// # let mut john = Guest::new(client("Kx"), hub.clone());
/// # john.handle_input(Input::Text("40"), now)?;
/// let mut bell: Bell = john.seats()[0].bell();
/// drop((john, hub));
/// assert!(!bell.rung().await, "nothing will ever be said");
/// # Ok(())
/// # }
/// ```
pub struct Bell(broadcast::Receiver<Said>);

impl Bell {
    /// Waits until something was said since the last time; says no when nothing will ever be. Nothing is lost when the
    /// wait is given up.
    pub async fn rung(&mut self) -> bool {
        if let Err(RecvError::Closed) = self.0.recv().await {
            return false;
        }
        // One ring for all that was said meanwhile.
        while matches!(self.0.try_recv(), Ok(_) | Err(TryRecvError::Lagged(_))) {}
        true
    }
}

/// Broadcasts between two turns of those who listen. They empty the channel whenever they run, also when their client has
/// no room; who is still overtaken takes the snapshot.
pub const CHANNEL_CAPACITY: usize = 64;
