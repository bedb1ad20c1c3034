//! Messages that were said and that not everyone has heard.
//!
//! ```text
//! number          7   8   9
//! still to hear   0  12  1000     7 has landed: every client has it
//! ```
//!
//! ```
//! use std::time::Duration;
//! use wire42_bench::crowd::Heard;
//! use wire42_bench::ear::Order;
//! use wire42_bench::flight::Flight;
//!
//! let mut flight = Flight::new(1, 2);
//! flight.start(Duration::ZERO);
//! for client in 0..2 {
//!     flight.hear(Heard::Delivery { client, number: 1, order: Order::Ahead });
//! }
//! assert_eq!(flight.landed(), Some(Duration::ZERO));
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use crate::crowd::Heard;
use crate::ear::{Ear, Order};

/// The messages in the air, the oldest first.
#[derive(Debug)]
pub struct Flight {
    /// The number of the oldest.
    first: u32,
    airborne: VecDeque<Airborne>,
    /// Clients that can still hear.
    listeners: u32,
    count: Count,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Messages that came to somebody.
    pub delivered: u64,
    /// Of these, those that came after a later one.
    pub late: u64,
    /// Messages that somebody got again.
    pub repeated: u64,
    /// Messages that somebody never got.
    pub lost: u64,
    /// Clients that the server let go.
    pub closed: u64,
}

#[derive(Debug)]
struct Airborne {
    started: Duration,
    missing: u32,
}

impl Flight {
    /// Waits for message `first` to be said to so many.
    pub fn new(first: u32, listeners: u32) -> Self {
        Self { first, airborne: VecDeque::new(), listeners, count: Count::default() }
    }

    /// The next message was said, or was due, at this time.
    pub fn start(&mut self, at: Duration) {
        self.airborne.push_back(Airborne { started: at, missing: self.listeners });
    }

    /// Counts; gives when the message that came was said.
    pub fn hear(&mut self, heard: Heard) -> Option<Duration> {
        match heard {
            Heard::Delivery { order: Order::Again, .. } => {
                self.count.repeated += 1;
                None
            }
            Heard::Delivery { number, order, .. } => {
                self.count.delivered += 1;
                self.count.late += u64::from(order == Order::Late);
                self.settle(number)
            }
            Heard::Closed { ear, .. } => {
                self.count.closed += 1;
                self.listeners -= 1;
                self.settle_without(ear);
                None
            }
            Heard::Answer { .. } | Heard::Alarm => None,
        }
    }

    /// Takes the oldest out if it has landed, and gives when it was said.
    pub fn landed(&mut self) -> Option<Duration> {
        self.airborne.front().filter(|oldest| oldest.missing == 0)?;
        self.first += 1;
        self.airborne.pop_front().map(|oldest| oldest.started)
    }

    /// Gives up what is in the air.
    pub fn give_up(&mut self) {
        self.count.lost += self.airborne.iter().map(|message| u64::from(message.missing)).sum::<u64>();
        self.first += self.airborne.len() as u32;
        self.airborne.clear();
    }

    /// Counts the messages in the air.
    pub fn airborne(&self) -> usize {
        self.airborne.len()
    }

    /// Gives what was counted so far.
    pub fn count(&self) -> Count {
        self.count
    }

    fn settle(&mut self, number: u32) -> Option<Duration> {
        let Some(index) = number.checked_sub(self.first) else {
            // It was given up too early.
            self.count.lost = self.count.lost.saturating_sub(1);
            return None;
        };
        let message = self.airborne.get_mut(index as usize)?;
        message.missing -= 1;
        Some(message.started)
    }

    /// Nobody waits any more for a client that was let go.
    fn settle_without(&mut self, ear: Ear) {
        for (number, message) in (self.first..).zip(&mut self.airborne) {
            if !ear.has(number) {
                message.missing -= 1;
                self.count.lost += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Duration = Duration::from_secs(1);

    #[test]
    fn a_message_lands_when_the_last_has_it() {
        let mut flight = Flight::new(7, 2);
        flight.start(T);

        assert_eq!(flight.hear(delivery(0, 7, Order::Ahead)), Some(T));
        assert_eq!(flight.landed(), None);
        flight.hear(delivery(1, 7, Order::Ahead));

        assert_eq!((flight.landed(), flight.landed()), (Some(T), None));
        assert_eq!(flight.count(), Count { delivered: 2, ..Count::default() });
    }

    #[test]
    fn what_comes_late_is_delivered_and_what_comes_again_is_not() {
        let mut flight = Flight::new(1, 1);
        (0..2).for_each(|_| flight.start(T));

        flight.hear(delivery(0, 2, Order::Ahead));
        assert_eq!(flight.landed(), None);
        flight.hear(delivery(0, 1, Order::Late));
        flight.hear(delivery(0, 1, Order::Again));

        assert_eq!([flight.landed(), flight.landed()], [Some(T); 2]);
        assert_eq!(flight.count(), Count { delivered: 2, late: 1, repeated: 1, ..Count::default() });
    }

    #[test]
    fn nobody_waits_for_a_client_that_was_let_go() {
        let mut flight = Flight::new(1, 2);
        (0..2).for_each(|_| flight.start(T));
        let mut ear = Ear::from(1);
        ear.hear(1);
        flight.hear(delivery(0, 1, Order::Ahead));
        flight.hear(delivery(0, 2, Order::Ahead));
        flight.hear(delivery(1, 1, Order::Ahead));

        flight.hear(Heard::Closed { client: 1, ear });
        flight.start(T);
        flight.hear(delivery(0, 3, Order::Ahead));

        assert_eq!([flight.landed(), flight.landed(), flight.landed()], [Some(T); 3]);
        assert_eq!(flight.count(), Count { delivered: 4, lost: 1, closed: 1, ..Count::default() });
    }

    #[test]
    fn what_is_given_up_is_lost_unless_it_comes_after_all() {
        let mut flight = Flight::new(1, 10);
        flight.start(T);
        flight.hear(delivery(0, 1, Order::Ahead));

        flight.give_up();
        assert_eq!((flight.count().lost, flight.airborne()), (9, 0));
        flight.hear(delivery(1, 1, Order::Ahead));

        assert_eq!((flight.count().lost, flight.count().delivered), (8, 2));
    }

    fn delivery(client: usize, number: u32, order: Order) -> Heard {
        Heard::Delivery { client, number, order }
    }
}
