//! What goes through a room's channel, and what one socket alone is told.

use std::sync::Arc;
use std::time::Duration;

use crate::app::{Note, SocketId};
use crate::frame::Parcel;
use crate::socket_io::Args;

/// Something that everyone in a room gets to see in the same order.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// An event.
    Event(Delivery),
    /// Nothing; but someone's answer is there, or someone may come in, or must go.
    Ring,
}

/// A broadcast, and where it stands in the room's order.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) position: u64,
    pub(super) parcel: Parcel,
    pub(super) audience: Audience,
}

/// Whom a broadcast is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    All,
    AllBut(SocketId),
    Only(Arc<[SocketId]>),
}

impl Audience {
    pub(super) fn includes(&self, socket: &SocketId) -> bool {
        match self {
            Audience::All => true,
            Audience::AllBut(one) => one != socket,
            Audience::Only(some) => some.contains(socket),
        }
    }
}

/// What the socket that caused something is told.
pub(super) enum Told {
    /// A snapshot, made once for all.
    Snapshot(Parcel),
    /// A parcel of its own, to be sent when it has heard the broadcast of this position.
    Own { parcel: Parcel, after: u64 },
    /// That its answer comes when the log has what it said.
    Pending,
    /// An event that asks for an answer.
    Question { args: Args, timeout: Duration, note: Note },
    /// Something that goes on later.
    Later { after: Duration, note: Note },
    /// That it is to leave.
    Leave { transport: bool },
}
