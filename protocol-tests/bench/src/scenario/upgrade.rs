//! `upgrade`: clients come as the stock client does by default.

use std::io;
use std::time::Duration;

use super::{Column, Stage, compared_to_ours, plain};
use crate::dialogue::Upgrade;
use crate::line::Link;
use crate::meter::{Meter, micros_each};
use crate::outcome::Outcome;
use crate::quantiles::millis;
use crate::rush::Rush;

pub(super) const SENTENCE: &str = "1,000 clients, 50 at a time, as the stock client comes: it polls, posts its CONNECT, probes a \
    WebSocket with the open session, and moves over. They stay.";

pub(super) const COLUMNS: &[Column] = &[
    compared_to_ours("per_s", "a second", 0),
    plain("p99_ms", "p99, ms", 1),
    compared_to_ours("cpu_us", "CPU each, µs", 0),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let server = stage.serve(1)?;
    let clients = stage.size(1_000, 100);
    let rush =
        Rush { port: server.port, first: 0, link: Link::Loopback, clients, at_a_time: 50, limit: LIMIT };
    let mut present = Vec::new();
    Rush { clients: clients / 10, ..rush }.run::<Upgrade>(|client| present.push(client))?;

    let meter = Meter::start(server.group()?)?;
    let arrivals = rush.run::<Upgrade>(|client| present.push(client))?;
    let spent = meter.spent()?;

    let arrived = arrivals.arrived as u64;
    let mut outcome = Outcome::default();
    outcome.set("per_s", arrived as f64 / arrivals.elapsed.as_secs_f64());
    outcome.set("p99_ms", millis(&arrivals.times, 0.99));
    outcome.set("cpu_us", micros_each(spent.server, arrived));
    outcome.absent("upgrade", clients, &arrivals);
    Ok(outcome)
}

/// For 50 a second.
const LIMIT: Duration = Duration::from_secs(20);
