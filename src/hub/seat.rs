//! One socket's place in a room: what it has heard, and what must wait until it has heard more.
//!
//! ```text
//! channel   … 7  8  9 10 ──────> seen 8, room in the outbox: 9, 10 are sent
//!                                no room:   behind; 9, 10 are dropped, and when there is room again
//!                                           the snapshot of 10 is sent in their place
//! ```

use std::collections::VecDeque;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::Membership;
use super::room::{Delivery, Told};
use crate::app::{Ack, SocketId};
use crate::client::Client;
use crate::engine_io::Reason;
use crate::frame::Parcel;
use crate::now::Now;
use crate::socket_io::{Args, Namespace};

/// A socket in its room.
pub struct Seat {
    socket: SocketId,
    membership: Membership,
    receiver: broadcast::Receiver<Delivery>,
    /// The position of the last broadcast that was sent, or replaced; none if not even the first snapshot had room.
    seen: Option<u64>,
    is_behind: bool,
    /// Parcels that may not overtake a broadcast.
    waiting: VecDeque<(u64, Parcel)>,
    waiting_bytes: usize,
}

/// What a seat heard of its room.
pub struct Heard {
    seat: usize,
    delivery: Result<Delivery, RecvError>,
}

/// Waits until one of the seats hears something. Nothing is lost when the wait is given up.
pub async fn hear(seats: &mut [Seat]) -> Heard {
    match seats {
        [] => std::future::pending().await,
        [seat] => Heard { seat: 0, delivery: seat.receiver.recv().await },
        seats => {
            let all = seats.iter_mut().map(|seat| Box::pin(seat.receiver.recv()));
            let (delivery, seat, _) = futures_util::future::select_all(all).await;
            Heard { seat, delivery }
        }
    }
}

impl Seat {
    /// Takes the seat; the caller has the client tell its CONNECT answer first.
    pub(super) fn take(
        membership: Membership,
        socket: SocketId,
        auth: Option<&str>,
        client: &mut Client,
    ) -> Self {
        let (told, seen, receiver) = membership.room.join(&socket, auth);
        let seen = Some(seen);
        let waiting = VecDeque::new();
        let mut seat =
            Self { socket, membership, receiver, seen, is_behind: false, waiting, waiting_bytes: 0 };
        seat.tell(told, client);
        seat
    }

    pub(super) fn event(&mut self, args: Args, id: Option<u64>, client: &mut Client, now: Now) {
        let told = self.membership.room.event(&self.socket, args, id.map(|id| Ack { id }), now);
        self.drain(client);
        self.tell(told, client);
    }

    /// Passes on all that was said.
    pub(super) fn drain(&mut self, client: &mut Client) {
        loop {
            match self.receiver.try_recv() {
                Ok(delivery) => self.pass_on(delivery, client),
                Err(TryRecvError::Lagged(_)) => self.is_behind = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        self.catch_up(client);
    }

    /// Sends the snapshot in place of what there was no room for, once there is.
    pub(super) fn catch_up(&mut self, client: &mut Client) {
        if !self.is_behind || !client.has_room() {
            return;
        }
        match self.membership.room.snapshot() {
            // Nothing is missing if only what had been replaced before was overtaken in the channel.
            Some(snapshot) => {
                self.is_behind = false;
                if Some(snapshot.position) > self.seen {
                    self.send(snapshot, client);
                }
            }
            // Socket.IO cannot skip an event; to drop one in silence would be a lie.
            None => client.close(Reason::Lagged),
        }
    }

    pub(super) fn namespace(&self) -> &Namespace {
        self.membership.room.namespace()
    }

    pub(super) fn socket(&self) -> &SocketId {
        &self.socket
    }

    fn pass_on(&mut self, delivery: Delivery, client: &mut Client) {
        // A snapshot replaced it, or held it already when the seat was taken.
        if Some(delivery.position) <= self.seen {
            return;
        }
        if self.is_behind || !client.has_room() {
            self.is_behind = true;
            return;
        }
        self.send(delivery, client);
    }

    fn send(&mut self, delivery: Delivery, client: &mut Client) {
        self.seen = Some(delivery.position);
        client.send_broadcast(delivery.parcel);
        while let Some((after, parcel)) = self.waiting.pop_front() {
            if Some(after) > self.seen {
                self.waiting.push_front((after, parcel));
                break;
            }
            self.waiting_bytes -= parcel.len();
            client.send(parcel);
        }
    }

    fn tell(&mut self, told: Vec<Told>, client: &mut Client) {
        for told in told {
            match told {
                Told::Snapshot(parcel) if client.has_room() => client.send_broadcast(parcel),
                Told::Snapshot(_) => (self.seen, self.is_behind) = (None, true),
                Told::Own { parcel, after } if Some(after) <= self.seen => client.send(parcel),
                Told::Own { parcel, after } => self.keep(parcel, after, client),
            }
        }
    }

    fn keep(&mut self, parcel: Parcel, after: u64, client: &mut Client) {
        self.waiting_bytes += parcel.len();
        self.waiting.push_back((after, parcel));
        if self.waiting_bytes > MAX_WAITING {
            client.close(Reason::Backlog);
        }
    }
}

/// Bytes of acknowledgements that wait for a broadcast which a slow client has no room for: some ten thousand of them.
const MAX_WAITING: usize = 256 * 1024;

/// What the net needs to put a [`Heard`] back where it came from.
impl Heard {
    pub(super) fn pass_on(self, seats: &mut [Seat], client: &mut Client) {
        let Some(seat) = seats.get_mut(self.seat) else { return };
        match self.delivery {
            Ok(delivery) => seat.pass_on(delivery, client),
            Err(RecvError::Lagged(_)) => seat.is_behind = true,
            Err(RecvError::Closed) => {}
        }
        seat.drain(client);
    }
}
