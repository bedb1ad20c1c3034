//! `burst`: as many deliveries a second as there can be, with some messages on their way at once.

use std::io;
use std::time::Duration;

use super::{Column, Stage, TEXT_LEN, compared, plain};
use crate::closed_loop::ClosedLoop;
use crate::crowd::Crowd;
use crate::meter::{Meter, micros_each};
use crate::outcome::Outcome;

pub(super) const SENTENCE: &str = "1,000 WebSocket clients; one of them speaks whenever fewer than 8 of its messages are on \
    their way, for 5 s after 1 s to warm up.";

pub(super) const COLUMNS: &[Column] = &[
    compared("per_s", "deliveries a second", 0),
    plain("cpu_us", "CPU a delivery, µs", 2),
    plain("load_us", "the load's own CPU a delivery, µs", 2),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let server = stage.serve(1)?;
    let mut crowd = Crowd::new(server.port)?;
    crowd.join(stage.size(1_000, 200))?;
    let limit = Duration::from_secs(stage.size(5, 1));
    let burst = ClosedLoop { in_flight: 8, text_len: TEXT_LEN, messages: u32::MAX, limit };
    ClosedLoop { limit: limit / 5, ..burst }.run(&mut crowd)?;

    let meter = Meter::start(server.group()?)?;
    let passage = burst.run(&mut crowd)?;
    let spent = meter.spent()?;

    let mut outcome = Outcome::default();
    outcome.set("per_s", passage.count.delivered as f64 / passage.elapsed.as_secs_f64());
    outcome.set("cpu_us", micros_each(spent.server, passage.count.delivered));
    outcome.set("load_us", micros_each(spent.load, passage.count.delivered));
    outcome.blemish(passage.count);
    Ok(outcome)
}
