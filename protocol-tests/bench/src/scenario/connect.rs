//! `connect`: clients come, are let in, and go.

use std::io;
use std::thread;
use std::time::Duration;

use super::{Column, Stage, compared, compared_to_ours, plain};
use crate::dialogue::{Dialogue, Polling, WebSocket};
use crate::line::Link;
use crate::meter::{Meter, micros_each};
use crate::outcome::Outcome;
use crate::quantiles::millis;
use crate::rush::{Arrivals, Rush};

pub(super) const SENTENCE: &str = "4,000 clients, 50 at a time, from the TCP connection to the answer to their CONNECT; then \
    they hang up. First over WebSocket, then, with a fresh process, over polling: GET, POST, GET on one connection. The load has \
    two threads here: to open a connection costs whoever opens it more than whoever accepts it.";

pub(super) const COLUMNS: &[Column] = &[
    compared("websocket_per_s", "WebSocket, a second", 0),
    plain("websocket_p99_ms", "p99, ms", 1),
    plain("websocket_cpu_us", "CPU each, µs", 0),
    plain("websocket_load_us", "the load's own, µs", 0),
    compared_to_ours("polling_per_s", "polling, a second", 0),
    plain("polling_p99_ms", "p99, ms", 1),
    plain("polling_cpu_us", "CPU each, µs", 0),
    plain("polling_load_us", "the load's own, µs", 0),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    rush::<WebSocket>("websocket", stage, &mut outcome)?;
    if stage.peer.polls() {
        rush::<Polling>("polling", stage, &mut outcome)?;
    }
    Ok(outcome)
}

fn rush<D: Dialogue>(transport: &str, stage: Stage<'_>, outcome: &mut Outcome) -> io::Result<()> {
    let server = stage.serve(1)?;
    let clients = stage.size(4_000, 400);
    let half = Rush {
        port: server.port,
        first: 0,
        link: Link::Loopback,
        clients: clients / 2,
        at_a_time: 25,
        limit: LIMIT,
    };
    Rush { clients: clients / 10, ..half }.run::<D>(drop)?;

    let meter = Meter::start(server.group()?)?;
    let arrivals = side_by_side::<D>([half, Rush { first: clients / 2, ..half }])?;
    let spent = meter.spent()?;

    let arrived = arrivals.arrived as u64;
    outcome.set(&format!("{transport}_per_s"), arrived as f64 / arrivals.elapsed.as_secs_f64());
    outcome.set(&format!("{transport}_p99_ms"), millis(&arrivals.times, 0.99));
    outcome.set(&format!("{transport}_cpu_us"), micros_each(spent.server, arrived));
    outcome.set(&format!("{transport}_load_us"), micros_each(spent.load, arrived));
    outcome.absent(transport, clients, &arrivals);
    Ok(())
}

fn side_by_side<D: Dialogue>(halves: [Rush; 2]) -> io::Result<Arrivals> {
    thread::scope(|scope| {
        let running = halves.map(|half| scope.spawn(move || half.run::<D>(drop)));
        let [one, other] = running.map(|half| half.join().expect("a rush does not panic"));
        one?.and(&other?)
    })
}

/// For 200 a second.
const LIMIT: Duration = Duration::from_secs(20);
