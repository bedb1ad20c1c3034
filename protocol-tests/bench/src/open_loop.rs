//! Load that does not wait: what is due is said, and its time counts from when it was due.
//!
//! ```text
//! due      0   20   40   60   80 ms
//! said     0   20   51 51 60   80      a late one still counts from its due time
//! ```

use std::io;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::closed_loop::PATIENCE;
use crate::crowd::Crowd;
use crate::flight::{Count, Flight};
use crate::quantiles::times;

/// How much is said.
#[derive(Clone, Copy, Debug)]
pub struct OpenLoop {
    /// From one message to the next.
    pub interval: Duration,
    /// How many are said.
    pub messages: u32,
    /// Bytes of text in each.
    pub text_len: usize,
    /// Clients that hear; one that is paused does not.
    pub listeners: u32,
}

/// How it went.
#[derive(Debug)]
pub struct Latencies {
    /// What became of the messages.
    pub count: Count,
    /// From a message's due time to each of its deliveries, in microseconds.
    pub times: Histogram<u64>,
}

impl OpenLoop {
    /// Lets the crowd's first client speak; calls `at_each` after each message.
    ///
    /// # Errors
    ///
    /// The server let it go, or the protocol; or `at_each` found something.
    pub fn run(
        self,
        crowd: &mut Crowd,
        mut at_each: impl FnMut() -> io::Result<()>,
    ) -> io::Result<Latencies> {
        let mut flight = Flight::new(crowd.next(), self.listeners);
        let mut times = times();
        let began = Instant::now();
        let (mut said, mut heard_at) = (0, Duration::ZERO);
        loop {
            let mut due = self.interval * said;
            while said < self.messages && due <= began.elapsed() {
                crowd.say(self.text_len)?;
                flight.start(due);
                said += 1;
                due = self.interval * said;
                at_each()?;
            }
            while flight.landed().is_some() {}
            let now = began.elapsed();
            if said == self.messages && (flight.airborne() == 0 || now > heard_at.max(due) + PATIENCE) {
                break;
            }
            if said < self.messages {
                crowd.wake_after(due.saturating_sub(now))?;
            }
            crowd.turn(PATIENCE, &mut |heard| {
                if let Some(due) = flight.hear(heard) {
                    heard_at = began.elapsed();
                    times.saturating_record((heard_at - due).as_micros() as u64);
                }
            })?;
        }
        flight.give_up();
        Ok(Latencies { count: flight.count(), times })
    }
}
