//! One room: an application behind a lock, and the channel in which everyone hears it.
//!
//! ```text
//!        join, event, resume                 told: to the socket that caused it
//! Seat ──────────────────────> [ lock: App ] ──────────────────────────────────> Seat
//!                                    │
//!                                    └─ broadcast 7, 8, 9, … ──> channel ──> every Seat, and the Bell
//! ```
//!
//! The number of a broadcast is its position; a parcel to one socket names the position behind which it belongs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::totals::Totals;
use crate::app::{Ack, App, Effect, Note, Rejection, SocketId};
use crate::client;
use crate::frame::Parcel;
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::{Args, Kind, Namespace, Packet};

pub(super) struct Room {
    id: RoomId,
    namespace: Namespace,
    state: Mutex<State>,
    /// The position of the latest broadcast, or of one that is just being sent.
    latest: AtomicU64,
    channel: broadcast::Sender<Delivery>,
}

struct State {
    app: Box<dyn App>,
    /// How many broadcasts there were.
    position: u64,
    /// The latest snapshot, as it was sent to everyone.
    snapshot: Option<Parcel>,
    /// How often someone was given it in place of what there was no room for.
    skips: u64,
}

/// A broadcast, and where it stands in the room's order.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) position: u64,
    pub(super) parcel: Parcel,
    /// Whom it is not for.
    pub(super) except: Option<SocketId>,
}

/// What the socket that caused something is told.
pub(super) enum Told {
    /// A snapshot, made once for all.
    Snapshot(Parcel),
    /// A parcel of its own, to be sent when it has heard the broadcast of this position.
    Own { parcel: Parcel, after: u64 },
    /// An event that asks for an answer.
    Question { args: Args, timeout: Duration, note: Note },
    /// Something that goes on later.
    Later { after: Duration, note: Note },
    /// That it is to leave.
    Leave { transport: bool },
}

/// How a socket begins: what it is told, and from which position on it listens.
pub(super) struct Joined {
    pub(super) told: Vec<Told>,
    pub(super) position: u64,
    pub(super) receiver: broadcast::Receiver<Delivery>,
}

impl Room {
    pub(super) fn new(id: RoomId, namespace: Namespace, app: Box<dyn App>) -> Self {
        let state = State { app, position: 0, snapshot: None, skips: 0 };
        let (latest, channel) = (AtomicU64::new(0), broadcast::Sender::new(CHANNEL_CAPACITY));
        Self { id, namespace, state: Mutex::new(state), latest, channel }
    }

    /// Lets a socket in, unless the application does not.
    pub(super) fn join(&self, socket: &SocketId, auth: Option<&str>) -> Result<Joined, Rejection> {
        let mut state = self.state();
        let effects = state.app.join(socket, auth)?;
        let told = self.apply(&mut state, socket, effects);
        Ok(Joined { told, position: state.position, receiver: self.channel.subscribe() })
    }

    pub(super) fn event(&self, from: &SocketId, args: Args, ack: Option<Ack>, now: Now) -> Vec<Told> {
        let mut state = self.state();
        let effects = state.app.event(from, args, ack, now);
        self.apply(&mut state, from, effects)
    }

    pub(super) fn resume(&self, socket: &SocketId, note: Note, answer: Option<Args>) -> Vec<Told> {
        let mut state = self.state();
        let effects = state.app.resume(socket, note, answer);
        self.apply(&mut state, socket, effects)
    }

    /// Gives what brings a straggler up to date that has seen so much, and up to which position.
    pub(super) fn snapshot(&self, seen: Option<u64>) -> Option<Delivery> {
        let mut state = self.state();
        let parcel = self.current_snapshot(&mut state)?;
        state.skips += u64::from(Some(state.position) > seen);
        Some(Delivery { position: state.position, parcel, except: None })
    }

    pub(super) fn totals(&self) -> Totals {
        let state = self.state();
        Totals {
            rooms: 1,
            kept: state.app.kept(),
            broadcasts: state.position,
            skips: state.skips,
            refused: state.app.refused(),
            ..Totals::default()
        }
    }

    /// Gives a bell that rings for what is said from now on.
    pub(super) fn bell(&self) -> Bell {
        Bell(self.channel.subscribe())
    }

    /// Says whether there may be more than was seen; to ask the channel would cost a lock that all cores share.
    pub(super) fn has_more_than(&self, seen: Option<u64>) -> bool {
        Some(self.latest.load(Ordering::Acquire)) > seen
    }

    pub(super) fn id(&self) -> RoomId {
        self.id
    }

    pub(super) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    fn apply(&self, state: &mut State, cause: &SocketId, effects: Vec<Effect>) -> Vec<Told> {
        let mut told = Vec::with_capacity(effects.len());
        for effect in effects {
            match effect {
                Effect::Emit(args) => {
                    let parcel = self.packet(Kind::Event { id: None, args });
                    told.push(Told::Own { parcel, after: state.position });
                }
                Effect::Ack(..) if planted("no-ack") => {}
                Effect::Ack(Ack { id }, args) => {
                    let id = id + u64::from(planted("ack-id-plus-one"));
                    let position = if planted("ack-before-broadcast") { 0 } else { state.position };
                    let parcel = self.packet(Kind::Ack { id: Some(id), args: Some(args) });
                    told.push(Told::Own { parcel, after: position });
                }
                Effect::EmitSnapshot => told.extend(self.current_snapshot(state).map(Told::Snapshot)),
                Effect::BroadcastSnapshot => self.broadcast_snapshot(state),
                Effect::Broadcast(args) => {
                    let parcel = self.packet(Kind::Event { id: None, args });
                    let except = Some(cause.clone()).filter(|_| !planted("broadcast-to-oneself"));
                    self.broadcast(state, parcel, except);
                }
                Effect::EmitWithAck { event: args, timeout, note } => {
                    told.push(Told::Question { args, timeout, note });
                }
                Effect::Wake { after, note } => told.push(Told::Later { after, note }),
                Effect::Disconnect { transport } => told.push(Told::Leave { transport }),
            }
        }
        told
    }

    fn broadcast_snapshot(&self, state: &mut State) {
        state.snapshot = None;
        if let Some(parcel) = self.current_snapshot(state) {
            self.broadcast(state, parcel, None);
        }
    }

    fn broadcast(&self, state: &mut State, parcel: Parcel, except: Option<SocketId>) {
        state.position += 1;
        // Before it is sent: whoever is told of it by the bell looks for it.
        self.latest.store(state.position, Ordering::Release);
        // Nobody listens: then nobody needs it.
        let _ = self.channel.send(Delivery { position: state.position, parcel, except });
    }

    fn current_snapshot(&self, state: &mut State) -> Option<Parcel> {
        if state.snapshot.is_none() {
            state.snapshot = state.app.snapshot().map(|args| self.packet(Kind::Event { id: None, args }));
        }
        state.snapshot.clone()
    }

    pub(super) fn packet(&self, kind: Kind) -> Parcel {
        client::message(Packet { namespace: self.namespace.clone(), kind })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic of the application leaves its own data as it stood; the room goes on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
pub struct Bell(broadcast::Receiver<Delivery>);

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
