//! What the server counts of itself: a set of counters for each thread, summed up when someone asks.
//!
//! ```text
//! thread 0   count(Delivered) ──> [ 7, 0, 3, … ] ─┐
//! thread 1   count(Delivered) ──> [ 5, 1, 0, … ] ─┴─ sum ──> /metrics, and the log
//! ```
//!
//! Only its own thread writes a counter, so that it costs a load and a store, and no core waits for another. A WebSocket may
//! be handed from one thread to another; that is why the counters belong to the thread and not to what is counted. A gauge
//! is a counter that also goes down, below zero if need be: it means something only as the sum over all threads.
//!
//! To count something new, add a line to [`table`].

mod metered;
mod packets;
mod reading;
mod round_trips;
mod share;
mod table;

use std::array;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(super) use metered::{Metered, Open};
pub(super) use packets::Direction;
pub(super) use reading::{Reading, Shown};
pub(super) use round_trips::BOUNDS;
pub(super) use share::Share;
pub(super) use table::{Count, Head, Kind, Label};

use packets::PACKETS;

/// Counts one.
pub(super) fn count(what: Count) {
    add(what, 1);
}

/// Counts several.
pub(super) fn add(what: Count, number: u64) {
    OWN.with(|own| raise(&own.counts[what as usize], number));
}

/// Takes several away from a gauge.
pub(super) fn take_away(what: Count, number: u64) {
    OWN.with(|own| raise(&own.counts[what as usize], number.wrapping_neg()));
}

/// Counts a packet that came or goes as text.
pub(super) fn packet(direction: Direction, text: &[u8]) {
    let (outer, inner) = packets::places(text);
    OWN.with(|own| {
        raise(&own.packets[direction as usize][outer], 1);
        if let Some(inner) = inner {
            raise(&own.packets[direction as usize][inner], 1);
        }
    });
}

/// Counts a message in a binary frame.
pub(super) fn binary(direction: Direction) {
    OWN.with(|own| raise(&own.packets[direction as usize][packets::BINARY], 1));
}

/// Counts a ping that was answered.
pub(super) fn round_trip(took: Duration) {
    OWN.with(|own| {
        raise(&own.round_trips[round_trips::place(took)], 1);
        raise(&own.round_trip_nanos, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    });
}

/// The meters of all threads.
#[derive(Default)]
pub(super) struct Meters(Mutex<Vec<Arc<Meter>>>);

impl Meters {
    /// Adds the meter of the thread that calls.
    pub(super) fn enlist(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(OWN.with(Arc::clone));
    }

    /// Sums up.
    pub(super) fn sum(&self) -> Sums {
        let mut sums = Sums::default();
        for meter in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            sums.take_in(meter);
        }
        sums
    }
}

/// The sums over all threads of what each counted.
pub(super) struct Sums {
    counts: [u64; COUNTS],
    /// In the order of [`PACKETS`], in and out.
    packets: [[u64; PACKETS.len()]; 2],
    /// How many pings were answered within each of [`BOUNDS`] and not the one before, and how many later.
    pub(super) round_trips: [u64; BOUNDS.len() + 1],
    /// How long they took together.
    pub(super) round_trip_nanos: u64,
}

impl Sums {
    /// Gives the sum of one counter.
    fn of(&self, count: Count) -> u64 {
        self.counts[count as usize]
    }

    fn take_in(&mut self, meter: &Meter) {
        let packets = self.packets.as_flattened_mut().iter_mut().zip(meter.packets.as_flattened());
        let round_trips = self.round_trips.iter_mut().zip(&meter.round_trips);
        let all = self.counts.iter_mut().zip(&meter.counts).chain(packets).chain(round_trips);
        for (sum, counter) in all.chain([(&mut self.round_trip_nanos, &meter.round_trip_nanos)]) {
            *sum = sum.wrapping_add(counter.load(Ordering::Relaxed));
        }
    }
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            counts: [0; COUNTS],
            packets: [[0; PACKETS.len()]; 2],
            round_trips: [0; BOUNDS.len() + 1],
            round_trip_nanos: 0,
        }
    }
}

thread_local! {
    /// The meter of this thread.
    static OWN: Arc<Meter> = Arc::new(Meter {
        counts: zeros(),
        packets: [zeros(), zeros()],
        round_trips: zeros(),
        round_trip_nanos: AtomicU64::new(0),
    });
}

/// The counters of one thread. They share no cache line with those of another.
#[repr(align(128))]
struct Meter {
    counts: [AtomicU64; COUNTS],
    packets: [[AtomicU64; PACKETS.len()]; 2],
    round_trips: [AtomicU64; BOUNDS.len() + 1],
    round_trip_nanos: AtomicU64,
}

/// Nobody else writes it, so nothing is lost between the load and the store.
fn raise(counter: &AtomicU64, number: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(number), Ordering::Relaxed);
}

fn zeros<const N: usize>() -> [AtomicU64; N] {
    array::from_fn(|_| AtomicU64::new(0))
}

const COUNTS: usize = Count::ALL.len();

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::engine_io::{Reason, Tally, Transport};

    /// Does something on a thread of its own, and reads its meter alone.
    fn sums_after(deed: impl FnOnce() + Send) -> Sums {
        let meters = Meters::default();
        thread::scope(|scope| {
            scope.spawn(|| {
                meters.enlist();
                deed();
            });
        });
        meters.sum()
    }

    #[test]
    fn what_one_thread_opens_another_may_close() {
        let meters = Meters::default();
        thread::scope(|scope| {
            let opened = scope.spawn(|| {
                meters.enlist();
                [Open::new(Count::OpenHttp), Open::new(Count::OpenHttp)]
            });
            let [kept, closed] = opened.join().unwrap();
            scope.spawn(|| {
                meters.enlist();
                drop(closed);
            });
            std::mem::forget(kept);
        });
        assert_eq!(meters.sum().of(Count::OpenHttp), 1);
    }

    #[test]
    fn a_message_counts_for_both_protocols() {
        let sums = sums_after(|| {
            packet(Direction::In, b"42[\"x\"]");
            packet(Direction::In, b"3");
            binary(Direction::Out);
        });
        let counted = |direction: Direction, protocol, kind| {
            let place = PACKETS.iter().position(|packet| *packet == (protocol, kind)).unwrap();
            sums.packets[direction as usize][place]
        };
        assert_eq!(counted(Direction::In, "engine.io", "message"), 1);
        assert_eq!(counted(Direction::In, "socket.io", "event"), 1);
        assert_eq!(counted(Direction::In, "engine.io", "pong"), 1);
        assert_eq!(counted(Direction::Out, "engine.io", "binary"), 1);
        assert_eq!(sums.packets.as_flattened().iter().sum::<u64>(), 4);
    }

    #[test]
    fn a_session_leaves_nothing_behind_but_how_it_ended() {
        let sums = sums_after(|| {
            let mut share = Share::new(Transport::Polling);
            assert!(share.move_to(Transport::WebSocket) && !share.move_to(Transport::WebSocket));
            share.update(100, Tally { deliveries: 3, round_trip: None });
            share.update(40, Tally::default());
            share.close(Reason::Backlog);
            drop(share);
            drop(Share::new(Transport::WebSocket));
        });
        let gauges = [Count::PollingSessions, Count::WebSocketSessions, Count::Queued];
        assert_eq!(gauges.map(|gauge| sums.of(gauge)), [0; 3]);
        let once = [Count::Upgraded, Count::ClosedByBacklog, Count::ClosedByPanic];
        assert_eq!(once.map(|count| sums.of(count)), [1; 3]);
        assert_eq!(sums.of(Count::Delivered), 3);
    }

    #[test]
    fn a_round_trip_is_counted_once_and_its_time_added() {
        let sums = sums_after(|| {
            round_trip(Duration::from_millis(10));
            round_trip(Duration::from_secs(3600));
        });
        assert_eq!(sums.round_trips.iter().sum::<u64>(), 2);
        assert_eq!(sums.round_trips.last(), Some(&1));
        assert_eq!(sums.round_trip_nanos, 3_600_010_000_000);
    }
}
