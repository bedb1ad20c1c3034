//! `latency`: messages come when they come, and how long each takes counts from when it was due.

use std::io;
use std::time::Duration;

use super::{Column, Stage, TEXT_LEN, compared, plain};
use crate::crowd::Crowd;
use crate::meter::{Meter, micros_each};
use crate::open_loop::OpenLoop;
use crate::outcome::Outcome;
use crate::quantiles::millis;

pub(super) const SENTENCE: &str = "500 WebSocket clients; one of them speaks 50 times a second for 10 s, after 1 s to warm up, \
    whether the last message has been heard or not. Each delivery counts from when its message was due.";

pub(super) const COLUMNS: &[Column] = &[
    plain("p50_ms", "p50, ms", 2),
    compared("p99_ms", "p99, ms", 2),
    plain("p999_ms", "p99.9, ms", 2),
    plain("cpu_us", "CPU a delivery, µs", 2),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let server = stage.serve(1)?;
    let mut crowd = Crowd::new(server.port)?;
    crowd.join(500)?;
    let load = OpenLoop {
        interval: Duration::from_millis(20),
        messages: stage.size(500, 50),
        text_len: TEXT_LEN,
        listeners: crowd.present(),
    };
    OpenLoop { messages: 50, ..load }.run(&mut crowd, || Ok(()))?;

    let meter = Meter::start(server.group()?)?;
    let latencies = load.run(&mut crowd, || Ok(()))?;
    let spent = meter.spent()?;

    let mut outcome = Outcome::default();
    outcome.set("p50_ms", millis(&latencies.times, 0.5));
    outcome.set("p99_ms", millis(&latencies.times, 0.99));
    outcome.set("p999_ms", millis(&latencies.times, 0.999));
    outcome.set("cpu_us", micros_each(spent.server, latencies.count.delivered));
    outcome.blemish(latencies.count);
    Ok(outcome)
}
