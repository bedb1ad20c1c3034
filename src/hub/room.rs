//! One room: an application behind a lock, and the channel in which everyone hears it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::app::{Ack, App, Effect, SocketId};
use crate::client;
use crate::frame::Parcel;
use crate::now::Now;
use crate::socket_io::{Args, Kind, Namespace, Packet};

pub(super) struct Room {
    namespace: Namespace,
    state: Mutex<State>,
    channel: broadcast::Sender<Delivery>,
}

struct State {
    app: Box<dyn App>,
    /// How many broadcasts there were.
    position: u64,
    /// The latest snapshot, as it was sent to everyone.
    snapshot: Option<Parcel>,
}

/// A broadcast, and where it stands in the room's order.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) position: u64,
    pub(super) parcel: Parcel,
}

/// What the socket that caused something is told.
#[derive(Debug)]
pub(super) enum Told {
    /// A snapshot, made once for all.
    Snapshot(Parcel),
    /// A parcel of its own, to be sent when it has heard the broadcast of this position.
    Own { parcel: Parcel, after: u64 },
}

impl Room {
    pub(super) fn new(namespace: Namespace, app: Box<dyn App>) -> Self {
        let state = State { app, position: 0, snapshot: None };
        Self { namespace, state: Mutex::new(state), channel: broadcast::Sender::new(CHANNEL_CAPACITY) }
    }

    /// Lets a socket in: what it is told, and from which position on it listens.
    pub(super) fn join(
        &self,
        socket: &SocketId,
        auth: Option<&str>,
    ) -> (Vec<Told>, u64, broadcast::Receiver<Delivery>) {
        let mut state = self.state();
        let effects = state.app.join(socket, auth);
        let told = self.apply(&mut state, effects);
        (told, state.position, self.channel.subscribe())
    }

    pub(super) fn event(&self, from: &SocketId, args: Args, ack: Option<Ack>, now: Now) -> Vec<Told> {
        let mut state = self.state();
        let effects = state.app.event(from, args, ack, now);
        self.apply(&mut state, effects)
    }

    /// Gives what brings a straggler up to date, and up to which position.
    pub(super) fn snapshot(&self) -> Option<Delivery> {
        let mut state = self.state();
        let parcel = self.current_snapshot(&mut state)?;
        Some(Delivery { position: state.position, parcel })
    }

    pub(super) fn refused(&self) -> u64 {
        self.state().app.refused()
    }

    pub(super) fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    fn apply(&self, state: &mut State, effects: Vec<Effect>) -> Vec<Told> {
        let mut told = Vec::with_capacity(effects.len());
        for effect in effects {
            match effect {
                Effect::Emit(args) => {
                    let parcel = self.packet(Kind::Event { id: None, args });
                    told.push(Told::Own { parcel, after: state.position });
                }
                Effect::Ack(Ack { id }, args) => {
                    let parcel = self.packet(Kind::Ack { id: Some(id), args: Some(args) });
                    told.push(Told::Own { parcel, after: state.position });
                }
                Effect::EmitSnapshot => told.extend(self.current_snapshot(state).map(Told::Snapshot)),
                Effect::BroadcastSnapshot => self.broadcast_snapshot(state),
            }
        }
        told
    }

    fn broadcast_snapshot(&self, state: &mut State) {
        state.snapshot = None;
        state.position += 1;
        if let Some(parcel) = self.current_snapshot(state) {
            // Nobody listens: then nobody needs it.
            let _ = self.channel.send(Delivery { position: state.position, parcel });
        }
    }

    fn current_snapshot(&self, state: &mut State) -> Option<Parcel> {
        if state.snapshot.is_none() {
            state.snapshot = state.app.snapshot().map(|args| self.packet(Kind::Event { id: None, args }));
        }
        state.snapshot.clone()
    }

    fn packet(&self, kind: Kind) -> Parcel {
        client::message(Packet { namespace: self.namespace.clone(), kind })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic of the application leaves its own data as it stood; the room goes on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Broadcasts between two turns of a listener's task. Listeners empty the channel whenever they run, also when their
/// client has no room; who is still overtaken takes the snapshot.
pub const CHANNEL_CAPACITY: usize = 64;
