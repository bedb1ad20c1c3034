//! Load that waits: the next message is said when an earlier one has been heard by all.
//!
//! ```text
//! in_flight = 1    say 1 ── all have 1 ── say 2 ── all have 2 ── …
//! in_flight = 8    say 1 … 8 ── all have 1 ── say 9 ── …
//! ```

use std::io;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::crowd::Crowd;
use crate::flight::{Count, Flight};
use crate::quantiles::times;

/// How much is said.
#[derive(Clone, Copy, Debug)]
pub struct ClosedLoop {
    /// Messages that may be on their way at once.
    pub in_flight: usize,
    /// Bytes of text in each.
    pub text_len: usize,
    /// How many are said,
    pub messages: u32,
    /// if there is time for so many.
    pub limit: Duration,
}

/// How it went.
#[derive(Debug)]
pub struct Passage {
    /// Messages that were said.
    pub said: u32,
    /// What became of them.
    pub count: Count,
    /// Until the last was heard by the last.
    pub elapsed: Duration,
    /// From saying a message until all had heard it, in microseconds.
    pub rounds: Histogram<u64>,
}

impl ClosedLoop {
    /// Lets the crowd's first client speak.
    ///
    /// # Errors
    ///
    /// The server let it go, or broke the protocol.
    pub fn run(self, crowd: &mut Crowd) -> io::Result<Passage> {
        let mut flight = Flight::new(crowd.next(), crowd.present());
        let mut rounds = times();
        let began = Instant::now();
        let (mut said, mut heard_at, mut quiet_since) = (0, Duration::ZERO, Duration::ZERO);
        loop {
            let now = began.elapsed();
            // What was given up makes room for the next.
            while flight.airborne() < self.in_flight && said < self.messages && now < self.limit {
                crowd.say(self.text_len)?;
                flight.start(began.elapsed());
                said += 1;
            }
            if flight.airborne() == 0 {
                break;
            }
            if now > quiet_since + PATIENCE {
                flight.give_up();
                quiet_since = now;
                continue;
            }
            let before = flight.count();
            crowd.turn(PATIENCE, &mut |heard| {
                flight.hear(heard);
            })?;
            if flight.count() != before {
                heard_at = began.elapsed();
                quiet_since = heard_at;
            }
            while let Some(started) = flight.landed() {
                rounds.saturating_record((heard_at - started).as_micros() as u64);
            }
        }
        Ok(Passage { said, count: flight.count(), elapsed: heard_at, rounds })
    }
}

/// When nobody has heard anything for so long, nobody will.
pub const PATIENCE: Duration = Duration::from_secs(3);
