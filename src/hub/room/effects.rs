//! What a room does of what its application wants.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::delivery::{Audience, Delivery, Said, Told};
use super::{Cause, Room, State};
use crate::app::{Ack, Effect};
use crate::frame::Parcel;
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::{Args, Kind};
use crate::store::Position;

impl Room {
    pub(super) fn apply(
        &self,
        state: &mut State,
        cause: Cause<'_>,
        effects: Vec<Effect>,
        now: Now,
    ) -> Vec<Told> {
        let mut told = Vec::with_capacity(effects.len());
        for effect in effects {
            match effect {
                // Reference: with recovery, what is for one goes the way of what is for all, so that there is one order.
                Effect::Emit(args) if state.recent.is_some() => {
                    self.broadcast_event(state, args, Audience::Only([cause.socket.clone()].into()));
                }
                Effect::Emit(args) => {
                    let parcel = self.packet(Kind::Event { id: None, args });
                    told.push(Told::Own { parcel, after: state.position });
                }
                Effect::Ack(ack, args) => told.extend(self.answer(ack, args, state.position)),
                Effect::EmitSnapshot => told.extend(self.current_snapshot(state).map(Told::Snapshot)),
                Effect::Append { json, answer } => {
                    told.extend(self.append(state, cause, json, answer, now));
                }
                Effect::Broadcast(args) => {
                    let everyone = planted("broadcast-to-oneself");
                    let audience =
                        if everyone { Audience::All } else { Audience::AllBut(cause.socket.clone()) };
                    self.broadcast_event(state, args, audience);
                }
                Effect::BroadcastVolatile(args) if planted("volatile-kept") => {
                    self.broadcast_event(state, args, Audience::AllBut(cause.socket.clone()));
                }
                Effect::BroadcastVolatile(args) => {
                    let parcel = self.packet(Kind::Event { id: None, args });
                    let (position, audience) = (state.position + 1, Audience::AllBut(cause.socket.clone()));
                    self.broadcast(state, Delivery { position, parcel, audience });
                }
                Effect::Send { to, args } => {
                    self.broadcast_event(state, args, Audience::Only(Arc::from(to)));
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

    /// Writes an answer that belongs behind the broadcast of this position.
    pub(super) fn answer(&self, Ack { id }: Ack, args: Args, after: Position) -> Option<Told> {
        let id = id + u64::from(planted("ack-id-plus-one"));
        let after = if planted("ack-before-broadcast") { 0 } else { after };
        let args = if planted("offset-on-acks") { args.with_last(&after.to_string()) } else { args };
        let parcel = self.packet(Kind::Ack { id: Some(id), args: Some(args) });
        (!planted("no-ack")).then_some(Told::Own { parcel, after })
    }

    pub(super) fn broadcast_snapshot(&self, state: &mut State) {
        state.snapshot = None;
        if let Some(parcel) = self.current_snapshot(state) {
            self.broadcast(state, Delivery { position: state.position, parcel, audience: Audience::All });
        }
    }

    /// Gives the snapshot as everyone is sent it.
    pub(super) fn current_snapshot(&self, state: &mut State) -> Option<Parcel> {
        if state.snapshot.is_none() {
            let args = state.app.snapshot().map(|args| recoverable(state, args, state.position));
            state.snapshot = args.map(|args| self.packet(Kind::Event { id: None, args }));
        }
        state.snapshot.clone()
    }

    /// Sends an event that is not logged, and keeps it for whoever is away.
    fn broadcast_event(&self, state: &mut State, args: Args, audience: Audience) {
        let position = state.position + 1;
        let parcel = self.packet(Kind::Event { id: None, args: recoverable(state, args, position) });
        let delivery = Delivery { position, parcel, audience };
        if let Some(recent) = &mut state.recent {
            recent.push(delivery.clone());
        }
        self.broadcast(state, delivery);
    }

    fn broadcast(&self, state: &mut State, delivery: Delivery) {
        state.position = delivery.position;
        state.counts.broadcasts += 1;
        // Before it is sent: whoever is told of it by the bell looks for it.
        self.latest.store(delivery.position, Ordering::Release);
        // Nobody listens: then nobody needs it.
        let _ = self.channel.send(Said::Event(delivery));
    }
}

/// Puts the offset behind an event, by which a client can say later how far it came.
///
/// Reference: connection state recovery. The offset is the last argument, a string that only the server understands.
fn recoverable(state: &State, args: Args, position: Position) -> Args {
    if state.registry.is_some() && !planted("offset-missing") {
        args.with_last(&position.to_string())
    } else {
        args
    }
}
