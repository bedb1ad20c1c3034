//! One socket's place in a room: what it has heard, and what must wait until it has heard more.
//!
//! ```text
//! channel   … 7  8  9 10 ──────> seen 8, room in the outbox: 9, 10 are sent
//!                                no room:   behind; 9, 10 are dropped, and when there is room again
//!                                           the snapshot of 10 is sent in their place
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

use super::delivery::{Delivery, Said, Told};
use super::registry::Place;
use super::room::{Bell, Cause, Joined, RoomId};
use super::{Membership, NoEntry};
use crate::app::{Ack, Note, SocketId};
use crate::client::Client;
use crate::engine_io::Reason;
use crate::frame::Parcel;
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::{Args, Kind, MAX_EVENT, Namespace};
use crate::store::Position;

/// A socket in its room.
///
/// ```
/// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
/// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
/// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
/// # let (mut john, mut mary) = (Guest::new(client("Kx"), hub.clone()), Guest::new(client("Lx"), hub));
/// john.handle_input(Input::Text("40"), now)?;
/// mary.handle_input(Input::Text("40"), now)?;
/// let [johns, marys]: [&Seat; 2] = [&john.seats()[0], &mary.seats()[0]];
/// assert_eq!((johns.namespace().as_str(), johns.socket().as_str(), johns.waiting()), ("/", "John", 0));
/// assert_eq!(johns.room(), marys.room());
/// # Ok::<(), wire42::engine_io::Refusal>(())
/// ```
pub struct Seat {
    socket: SocketId,
    membership: Membership,
    /// Its number in the room.
    number: u64,
    /// What it may come back with.
    place: Option<Box<Place>>,
    receiver: broadcast::Receiver<Said>,
    /// The position of the last broadcast that was sent, or replaced; none if not even the first snapshot had room.
    seen: Option<u64>,
    is_behind: bool,
    /// Parcels that may not overtake a broadcast.
    waiting: VecDeque<(u64, Parcel)>,
    waiting_bytes: usize,
    /// Answers that come when the log has what they are about.
    pending: u32,
    /// What goes on later, the oldest first.
    later: Vec<Later>,
    /// The number of the next event that asks for an answer.
    next_id: u64,
}

/// What an application put off.
struct Later {
    due: Duration,
    /// The number of the event whose answer is awaited, if one is.
    id: Option<u64>,
    note: Note,
}

impl Seat {
    /// Takes the seat; the client has been told that it may.
    pub(super) fn take(membership: Membership, joined: Joined, client: &mut Client, now: Now) -> Self {
        let mut seat = Self {
            socket: joined.socket,
            membership,
            number: joined.seat,
            place: joined.place.map(Box::new),
            receiver: joined.receiver,
            seen: Some(joined.position),
            is_behind: false,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            pending: 0,
            later: Vec::new(),
            next_id: 0,
        };
        seat.count_pending(&joined.told);
        seat.tell(joined.told, client, now);
        // With recovery, a greeting goes the way of what everyone hears.
        seat.drain(client);
        seat
    }

    /// Gives the seat back.
    pub(super) fn leave(self, for_good: bool, now: Now) {
        if self.place.is_some() || self.pending > 0 {
            self.membership.room.part(self.number, self.place.as_deref(), for_good, now);
        }
    }

    pub(super) fn event(&mut self, args: Args, id: Option<u64>, client: &mut Client, now: Now) {
        let told = self.membership.room.event(self.cause(), args, id.map(|id| Ack { id }), now);
        self.count_pending(&told);
        if !planted("ack-before-broadcast") {
            self.drain(client);
        }
        self.tell(told, client, now);
    }

    /// Answers an event that is over the client's rate, if it asked for an answer. The room never hears of it.
    pub(super) fn refuse(&mut self, id: Option<u64>, client: &mut Client) {
        let Some(id) = id.filter(|_| !planted("refused-in-silence")) else { return };
        let args = Some(Args::written(format!(r#"[{{"error":"{}"}}]"#, NoEntry::TooOften)));
        let parcel = self.membership.room.packet(Kind::Ack { id: Some(id), args });
        match self.waiting.back() {
            Some(&(after, _)) => self.keep(parcel, after, client),
            None => client.send(parcel),
        }
    }

    /// Takes the client's answer to an event; one that nobody waits for is ignored.
    pub(super) fn answer(&mut self, id: u64, args: Args, client: &mut Client, now: Now) {
        if let Some(index) = self.later.iter().position(|later| later.id == Some(id)) {
            let note = self.later.remove(index).note;
            self.resume(note, Some(args), client, now);
        }
    }

    /// Goes on with what is due.
    pub(super) fn handle_timeout(&mut self, client: &mut Client, now: Now) {
        while let Some(index) = self.later.iter().position(|later| later.due <= now.mono) {
            let note = self.later.remove(index).note;
            self.resume(note, None, client, now);
        }
    }

    /// Says when [`handle_timeout`](Self::handle_timeout) is due.
    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.later.iter().map(|later| later.due).min()
    }

    /// Passes on all that was said.
    pub(super) fn drain(&mut self, client: &mut Client) {
        while self.membership.room.has_more_than(self.seen) {
            match self.receiver.try_recv() {
                Ok(Said::Event(delivery)) => self.pass_on(delivery, client),
                Ok(Said::Ring) => {}
                Err(TryRecvError::Lagged(_)) => self.is_behind |= !planted("lag-is-loss"),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        self.catch_up(client);
        if self.pending > 0 {
            let answers = self.membership.room.answers(self.number);
            self.pending -= answers.len() as u32;
            answers.into_iter().for_each(|told| self.tell_own(told, client));
        }
    }

    /// Sends the snapshot in place of what there was no room for, once there is.
    ///
    /// Says whether it took the room.
    pub(super) fn catch_up(&mut self, client: &mut Client) -> bool {
        if !self.is_behind || !client.has_room() {
            return false;
        }
        // Socket.IO cannot skip an event; to drop one in silence would be a lie.
        let Some(missed) = self.membership.room.missed(self.seen, &self.socket) else {
            client.close(Reason::Lagged);
            return false;
        };
        // Nothing is missing if only what had been replaced before was overtaken in the channel.
        let is_news = !missed.deliveries.is_empty();
        self.is_behind = false;
        for delivery in missed.deliveries {
            if !client.has_room() {
                self.is_behind = true;
                return true;
            }
            let before = self.seen;
            if planted("straggler-forgets-acks") {
                self.waiting.clear();
            }
            if !missed.is_snapshot {
                // What lies before it was for others; an answer that waited for that may not be overtaken.
                self.advance(delivery.position.saturating_sub(1), client);
            }
            self.send(delivery, client);
            if planted("straggler-hears-again") {
                self.seen = before;
            }
        }
        if !planted("straggler-hears-again") {
            self.advance(missed.position, client);
        }
        is_news
    }

    /// Says which room it is in.
    pub fn room(&self) -> RoomId {
        self.membership.room.id()
    }

    /// Gives a bell that rings for this room from now on.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), wire42::engine_io::Refusal> {
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
    /// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
    /// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
    /// # let mut john = Guest::new(client("Kx"), hub);
    /// # john.handle_input(Input::Text("40"), now)?;
    /// let mut bell = john.seats()[0].bell();
    /// john.handle_input(Input::Text(r#"42["broadcast","Hello"]"#), now)?;
    /// assert!(bell.rung().await);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bell(&self) -> Bell {
        self.membership.room.bell()
    }

    /// Says how many bytes wait behind a broadcast that the client has no room for.
    pub fn waiting(&self) -> usize {
        self.waiting_bytes
    }

    /// Says whether its socket has come back on another connection.
    pub(super) fn is_displaced(&self) -> bool {
        self.place.as_ref().is_some_and(|place| place.is_displaced())
    }

    pub(super) fn membership(&self) -> &Membership {
        &self.membership
    }

    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Says the name of its room.
    pub fn namespace(&self) -> &Namespace {
        self.membership.room.namespace()
    }

    /// Says who sits there.
    pub fn socket(&self) -> &SocketId {
        &self.socket
    }

    fn cause(&self) -> Cause<'_> {
        Cause { socket: &self.socket, seat: self.number }
    }

    fn pass_on(&mut self, delivery: Delivery, client: &mut Client) {
        // A snapshot replaced it, or held it already when the seat was taken.
        if Some(delivery.position) <= self.seen {
            return;
        }
        let is_for_others = !delivery.audience.includes(&self.socket);
        if self.is_behind || !(is_for_others || client.has_room()) {
            self.is_behind = !planted("broadcast-skips-slow");
            return;
        }
        self.send(delivery, client);
    }

    fn send(&mut self, delivery: Delivery, client: &mut Client) {
        if delivery.audience.includes(&self.socket) {
            if planted("broadcast-twice") {
                client.send_broadcast(delivery.parcel.clone());
            }
            client.send_broadcast(delivery.parcel);
        }
        self.advance(delivery.position, client);
    }

    /// Has heard all up to this position, and gets what waited for that.
    fn advance(&mut self, position: Position, client: &mut Client) {
        self.seen = self.seen.max(Some(position));
        while let Some((after, parcel)) = self.waiting.pop_front() {
            if Some(after) > self.seen {
                self.waiting.push_front((after, parcel));
                break;
            }
            self.waiting_bytes -= parcel.cost();
            client.send(parcel);
        }
    }

    fn resume(&mut self, note: Note, answer: Option<Args>, client: &mut Client, now: Now) {
        let told = self.membership.room.resume(self.cause(), note, answer, now);
        self.count_pending(&told);
        self.drain(client);
        self.tell(told, client, now);
    }

    /// Counts the answers that are to come from the log. Before all else: they may be there already.
    fn count_pending(&mut self, told: &[Told]) {
        self.pending += told.iter().filter(|told| matches!(told, Told::Pending)).count() as u32;
    }

    fn tell(&mut self, told: Vec<Told>, client: &mut Client, now: Now) {
        for told in told {
            match told {
                Told::Snapshot(parcel) if client.has_room() => client.send_broadcast(parcel),
                Told::Snapshot(_) => (self.seen, self.is_behind) = (None, true),
                Told::Own { .. } => self.tell_own(told, client),
                // It was counted.
                Told::Pending => {}
                Told::Question { args, timeout, note } => {
                    let id = Some(self.next_id);
                    self.next_id += 1;
                    client.send(self.membership.room.packet(Kind::Event { id, args }));
                    self.put_off(Later { due: now.mono + timeout, id, note }, client);
                }
                Told::Later { after, note } => {
                    self.put_off(Later { due: now.mono + after, id: None, note }, client);
                }
                Told::Leave { transport } => {
                    client.disconnect(self.membership.room.namespace());
                    if transport {
                        client.close(Reason::Kicked);
                    }
                }
            }
        }
    }

    fn tell_own(&mut self, told: Told, client: &mut Client) {
        match told {
            Told::Own { parcel, after } if Some(after) <= self.seen => client.send(parcel),
            Told::Own { parcel, after } => self.keep(parcel, after, client),
            _ => unreachable!("what comes back from a log is an answer"),
        }
    }

    fn put_off(&mut self, later: Later, client: &mut Client) {
        self.later.push(later);
        let bytes: usize = self.later.iter().map(|later| later.note.bytes()).sum();
        if self.later.len() > MAX_LATER || bytes > MAX_LATER_BYTES {
            client.close(Reason::Backlog);
        }
    }

    fn keep(&mut self, parcel: Parcel, after: u64, client: &mut Client) {
        self.waiting_bytes += parcel.cost();
        self.waiting.push_back((after, parcel));
        if self.waiting_bytes > MAX_WAITING {
            client.close(Reason::Backlog);
        }
    }
}

/// Bytes of acknowledgements that wait for a broadcast which a slow client has no room for: nearly two thousand of them.
pub const MAX_WAITING: usize = 256 * 1024;

/// Answers and alarms that one socket may wait for.
const MAX_LATER: usize = 1024;

/// Bytes of the events that are kept for them, as large as they may be by default: two, or many small ones.
const MAX_LATER_BYTES: usize = 2 * MAX_EVENT;
