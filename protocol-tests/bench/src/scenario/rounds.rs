//! `rounds`: the next message when all have the last, so that nothing can be gained by doing several at once.

use std::io;
use std::time::Duration;

use super::{Column, Stage, TEXT_LEN, compared, plain};
use crate::closed_loop::ClosedLoop;
use crate::crowd::Crowd;
use crate::meter::{Meter, micros_each};
use crate::outcome::Outcome;
use crate::quantiles::millis;

pub(super) const SENTENCE: &str = "1,000 WebSocket clients; one of them speaks, and speaks again when all have heard it: \
    1,000 messages after 100 to warm up, or as many as 20 s allow.";

pub(super) const COLUMNS: &[Column] = &[
    compared("cpu_us", "CPU a delivery, µs", 2),
    plain("p50_ms", "round p50, ms", 1),
    plain("p99_ms", "round p99, ms", 1),
    plain("load_us", "the load's own CPU a delivery, µs", 2),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let server = stage.serve(1)?;
    let mut crowd = Crowd::new(server.port)?;
    crowd.join(stage.size(1_000, 200))?;
    let rounds =
        ClosedLoop { in_flight: 1, text_len: TEXT_LEN, messages: stage.size(1_000, 200), limit: LIMIT };
    ClosedLoop { messages: rounds.messages / 10, ..rounds }.run(&mut crowd)?;

    let meter = Meter::start(server.group()?)?;
    let passage = rounds.run(&mut crowd)?;
    let spent = meter.spent()?;

    let mut outcome = Outcome::default();
    outcome.set("cpu_us", micros_each(spent.server, passage.count.delivered));
    outcome.set("load_us", micros_each(spent.load, passage.count.delivered));
    outcome.set("p50_ms", millis(&passage.rounds, 0.5));
    outcome.set("p99_ms", millis(&passage.rounds, 0.99));
    outcome.blemish(passage.count);
    if passage.said < rounds.messages {
        outcome.notes.push(format!("{} messages in the time", passage.said));
    }
    Ok(outcome)
}

/// Enough for a thousand rounds of 20 ms.
const LIMIT: Duration = Duration::from_secs(20);
